import {
  COMMAND_STATES,
  ERASE_REASONS,
  EVENT_TYPES,
  OPERATION_KINDS,
  VOLUME_STATES,
  WORKSPACE_STATUSES,
} from "@berth/domain";

type Row = Record<string, unknown>;

const id = (group: number, number: number): string =>
  `0000000${group}-0000-4000-8000-${String(number).padStart(12, "0")}`;
const at = (day: number): string => `2026-01-${String(day + 1).padStart(2, "0")}T03:04:05.678+00:00`;
const ORG = id(0, 1);
const NAME = "Grüße 🚢 'quoted' \\ \"twice\"";

/**
 * Example rows of an installation by table, ordered by their references. They cover every status, state and
 * kind, and fill every column at least once. Tests of an older schema use the columns that it has.
 */
export const ROWS_OF_EVERY_KIND: Readonly<Record<string, readonly Row[]>> = {
  installation: [
    {
      ...{ only: true, id: id(0, 2), org_id: ORG, tunnel_secret: "s", created_at: at(0), events_trimmed_to: 7 },
      local_store: { id: id(0, 3), path: "/data", host: "h" },
    },
  ],
  stores: [{ backend: "local", store_id: id(0, 4), created_at: at(1) }],
  replicas: [
    {
      ...{ id: id(0, 5), url: "http://127.0.0.1:3000", backends: ["local", "docker"], beats: 9, seen_at: at(3) },
      ...{ data_directory: "/data", tunnel_folder: "/data/tunnel" },
    },
  ],
  retention: [{ only: true, last_seen_at: at(3), held_since: at(2), held_because: NAME, waited_seconds: 1.5 }],
  erase_orders: ERASE_REASONS.map((reason, number) => ({
    ...{ id: id(1, number), org_id: ORG, volume_id: id(2, number), backend: "local", reason, requested_by: "owner" },
    confirmed_name: reason === "retention_expired" ? null : NAME,
    ...{ requested_at: at(1), erased_at: at(2), verified_at: at(3), verification: "listed again" },
    begun_at: at(2),
    ...{ covered: ["/workspace"], not_covered: ["copies"] },
  })),
  volumes: VOLUME_STATES.map((state, number) => ({
    ...{ id: id(2, number), org_id: ORG, workspace_id: id(3, number), workspace_name: NAME, backend: "local", state },
    ...{ size_bytes: 5_000_000_000, measured_at: at(4), made_at: at(1), fill_from: id(4, 0), created_at: at(1) },
    retained_until: state === "retained" ? at(20) : null,
    missing_since: state === "retained" ? at(5) : null,
    returned_at: state === "quarantined" ? at(6) : null,
    held_because: state === "retained" ? NAME : null,
    missing_parts: state === "attached" ? ["configs"] : null,
    receipt_id: state === "erased" ? id(1, 0) : null,
  })),
  workspaces: WORKSPACE_STATUSES.map((status, number) => ({
    ...{ id: id(3, number), org_id: ORG, parent_id: number === 1 ? id(3, 0) : null, name: `${NAME} ${status}` },
    ...{ role: "tester", runtime: "shell", model: "m", tier: 2, backend: "local", status, generation: 40 + number },
    compute: { dataPersistence: "persist", homeSnapshot: false, image: "node:24" },
    desired: status === "deleted" ? "deleted" : "running",
    status_reason: { code: "start_failed", message: NAME },
    ...{ status_changed_at: at(2), data_state: "intact", restart_again: "why", x: 1.5, y: -2.25, collapsed: true },
    incarnation_id: status === "deleted" || status === "hibernated" ? null : id(4, number),
    volume_id: number < VOLUME_STATES.length ? id(2, number) : null,
    name_key: `key ${status}`,
    ...{ current_task: "t", active_tasks: 3, created_at: at(1), updated_at: at(2), last_heartbeat_at: at(3) },
    ...{ provisioning_started_at: at(1), deleted_at: status === "deleted" ? at(9) : null },
    deletion_id: status === "deleted" ? id(8, 0) : null,
  })),
  incarnations: (["workspace", "browse"] as const).map((purpose, number) => ({
    ...{ id: id(4, number), workspace_id: id(3, number), purpose, generation: 40, backend: "local" },
    ...{ volume_id: id(2, number), fingerprint: "f", created_at: at(1), last_seen_at: at(2), claimed_until: at(3) },
    ended_at: purpose === "browse" ? null : at(4),
    wanted_until: purpose === "browse" ? at(5) : null,
    ...{
      machine_key_hash: "k",
      enrolled_attempt: 2,
      agent_log: NAME,
      tunnel_replica_id: id(0, 5),
      start_generation: 41,
    },
  })),
  operations: OPERATION_KINDS.flatMap((kind, kindNumber) =>
    (["succeeded", "failed", "superseded", "queued"] as const).map((status, number) => ({
      ...{ id: id(5, kindNumber * 10 + number), org_id: ORG, kind, status, generation: 40, requested_by: "owner" },
      workspace_id: kind === "erase" ? null : id(3, kindNumber),
      volume_id: kind === "erase" ? id(2, 3) : null,
      steps: [{ name: "start", status: "succeeded", startedAt: at(1), endedAt: at(2), message: NAME }],
      error: status === "failed" ? { code: "start_failed", message: NAME } : null,
      ...{ attempt: 2, run_at: at(1), lease_until: at(2), lease_owner: id(0, 9), started_at: at(1), created_at: at(1) },
      finished_at: status === "queued" ? null : at(3),
    })),
  ),
  events: EVENT_TYPES.map((type, number) => ({
    ...{ sequence: number + 8, org_id: ORG, type, workspace_id: id(3, 0), at: at(1), data: { status: "online", NAME } },
  })),
  tokens: (["org", "workspace"] as const).map((kind, number) => ({
    ...{ id: id(6, number), org_id: ORG, kind, name: NAME, hash: `h${number}`, created_at: at(1) },
    ...{ workspace_id: kind === "workspace" ? id(3, 0) : null, last_used_at: at(2), revoked_at: at(3) },
  })),
  sessions: [{ hash: "h", org_id: ORG, token_id: id(6, 0), created_at: at(1), expires_at: at(2) }],
  sign_in_codes: [{ hash: "h", created_at: at(1), expires_at: at(2), used_at: at(2) }],
  viewports: [{ actor_id: "owner", x: 1.5, y: -2, zoom: 0.5 }],
  idempotency_keys: [
    {
      ...{ org_id: ORG, actor_id: "owner", key: "k", action: "workspaces.create", body_hash: "h" },
      ...{ answer: { status: 200, body: NAME }, created_at: at(1), lease_until: at(2), lease_owner: id(8, 0) },
    },
  ],
  workspace_metrics: [{ workspace_id: id(3, 0), at: at(1), cpu_percent: 1.5, memory_bytes: 3e9, disk_used_bytes: 5e9 }],
  terminals: [
    {
      ...{ id: id(7, 0), org_id: ORG, workspace_id: id(3, 0), incarnation_id: id(4, 0), shell: "/bin/sh", columns: 80 },
      ...{ rows: 24, created_at: at(1), closed_by: "owner", ended_at: at(2), end_reason: "closed", exit_code: 3 },
    },
  ],
  commands: COMMAND_STATES.map((state, number) => ({
    ...{ id: id(9, number), org_id: ORG, workspace_id: id(3, 0), incarnation_id: id(4, 0), command: ["echo", NAME] },
    ...{ cwd: "/workspace", detached: true, keep_awake: true, state },
    ...{ created_at: at(1), ended_at: state === "running" ? null : at(2), exit_code: 3, signal: "SIGTERM" },
    ...{ timed_out: true, stdout_bytes: 5_000_000_000, stderr_bytes: 7 },
  })),
  port_shares: [
    {
      ...{ id: id(9, 100), org_id: ORG, workspace_id: id(3, 0), port: 8080, secret_hash: "h" },
      ...{ created_at: at(1), expires_at: at(9), revoked_at: at(2) },
    },
  ],
  preview_sessions: [
    {
      ...{ id: id(9, 101), org_id: ORG, workspace_id: id(3, 0), port: 8080, code_hash: "h", cookie_hash: "c" },
      ...{ token_id: id(5, 0), session_hash: "s", created_at: at(1), expires_at: at(9) },
    },
  ],
};
