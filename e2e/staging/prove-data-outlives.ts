import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { BackendKind, EraseReceipt, Operation, Workspace } from "@berth/domain";
import { type TenantApi, TenantApiError } from "./tenant-api.ts";

export interface ProofOptions {
  api: TenantApi;
  /** Null for the tenant's default. */
  backend: BackendKind | null;
  /** The maximum duration of one step. */
  stepSecondsMax: number;
  log(line: string): void;
  /** Aborts the proof; the cleanup runs anyway. */
  signal: AbortSignal;
}

/** Marks lost data in the log of a failing pipeline. */
const REGRESSION = "DATA-VOLUME REGRESSION";
const POLL_MS = 250;
const BYTES = 64 * 1024;

type Verb = "restart" | "pause" | "resume" | "hibernate" | "wake";

/**
 * Proves on a running tenant, with the documented API only, that bytes in a workspace survive a replaced machine. At the
 * end it always erases what it created, and reads the receipt.
 *
 * @throws an Error whose message begins with `DATA-VOLUME REGRESSION` when bytes are missing or changed.
 */
export async function proveDataOutlives(options: ProofOptions): Promise<void> {
  const name = `data-persistence-${randomUUID()}`;
  // Fails before it creates anything if the tenant is unreachable or rejects the token.
  await options.api.query("session.get", {});
  try {
    await prove(name, options);
  } catch (failure) {
    options.log("removing the test workspace");
    await tearDown(name, options).catch((error: unknown) => {
      throw new AggregateError(
        [failure, error],
        `${messageOf(failure)}\n${name} may still exist, because it could not be removed: ${messageOf(error)}`,
      );
    });
    throw failure;
  }
  await tearDown(name, options);
}

async function prove(name: string, options: ProofOptions): Promise<void> {
  const { api, backend, log } = options;
  const created = await api.mutate<{ workspace: Workspace; operation: Operation }>("workspaces.create", {
    name,
    compute: { dataPersistence: "persist", ...(backend === null ? {} : { backend }) },
  });
  const { id } = created.workspace;
  const location = `on ${created.workspace.backend}`;
  log(`created ${name} ${location}`);
  if (created.workspace.effectivePersistence.mode !== "persist" || created.workspace.volume === null) {
    throw new Error("The workspace should keep its data but has no data volume.");
  }
  await waitForOperation(options, created.operation);
  await waitUntilOnline(options, id);
  const sentinels = await writeSentinels(options, id);
  await expectSentinels(options, id, sentinels, `read back ${location}`);
  await expectAgentHomeUnavailable(options, id);
  for (const verbs of await cycles(api, created.workspace.backend)) {
    for (const verb of verbs) {
      log(`${verb}…`);
      await waitForOperation(options, await api.mutate<Operation>(`workspaces.${verb}`, { id }));
    }
    await waitUntilOnline(options, id);
    await expectSentinels(options, id, sentinels, `after ${verbs.join(" and ")} ${location}`);
  }
}

async function cycles(api: TenantApi, kind: BackendKind): Promise<Verb[][]> {
  type System = { backends: { kind: BackendKind; capabilities: { pause: boolean } | null }[] };
  const { backends } = await api.query<System>("system.info", {});
  const canPause = backends.find((backend) => backend.kind === kind)?.capabilities?.pause ?? false;
  return [["restart"], ["hibernate", "wake"], ...(canPause ? [["pause", "resume"] satisfies Verb[]] : [])];
}

interface Sentinel {
  root: "workspace" | "configs";
  path: string;
  bytes: Buffer;
}

const addressOf = (id: string, { root, path }: Pick<Sentinel, "root" | "path">): string =>
  `/files/${id}/${root}/${path}`;

async function writeSentinels({ api, log }: ProofOptions, id: string): Promise<Sentinel[]> {
  const sentinels: Sentinel[] = [
    { root: "workspace", path: "data-persistence/sentinel.bin", bytes: randomBytes(BYTES) },
    { root: "configs", path: "sentinel.bin", bytes: randomBytes(BYTES) },
  ];
  for (const sentinel of sentinels) {
    const response = await api.request(addressOf(id, sentinel), {
      method: "PUT",
      body: new Uint8Array(sentinel.bytes),
    });
    const { sha256 } = (await response.json()) as { sha256: string };
    if (sha256 !== hashOf(sentinel.bytes))
      throw new Error(`${sentinel.path} was stored with a different hash than sent.`);
  }
  log(`wrote a sentinel of ${BYTES} random bytes into each of /workspace and /configs`);
  return sentinels;
}

async function expectSentinels(options: ProofOptions, id: string, sentinels: Sentinel[], when: string): Promise<void> {
  for (const sentinel of sentinels) {
    const found = await readSentinel(options, id, sentinel);
    const file = `/${sentinel.root}/${sentinel.path}`;
    if (found === null) throw new Error(`${REGRESSION}: ${file} is gone, ${when}.`);
    if (found.equals(sentinel.bytes)) continue;
    const at = sentinel.bytes.findIndex((byte, index) => found[index] !== byte);
    throw new Error(
      `${REGRESSION}: ${file} has other bytes, ${when}: ${sentinel.bytes.length} bytes, sha256 ${hashOf(sentinel.bytes)}, ` +
        `were written; ${found.length} bytes, sha256 ${hashOf(found)}, were read. The first difference is at byte ${at}.`,
    );
  }
  options.log(`both sentinels are equal, ${when}`);
}

/** @returns null when the tenant reports that the file does not exist. Failed requests are retried. */
async function readSentinel(options: ProofOptions, id: string, sentinel: Sentinel): Promise<Buffer | null> {
  return pollUntil(options, `${sentinel.path} is still not readable`, async () => {
    try {
      const response = await options.api.request(addressOf(id, sentinel));
      return { value: Buffer.from(await response.arrayBuffer()) };
    } catch (error) {
      if (error instanceof TenantApiError && error.problem?.code === "not_found") return { value: null };
      if (error instanceof TenantApiError && error.problem?.retryable === true) return null;
      throw error;
    }
  });
}

/** $HOME does not survive a new machine, so the API must refuse to write files there. */
async function expectAgentHomeUnavailable({ api, log }: ProofOptions, id: string): Promise<void> {
  const calls: [string, () => Promise<unknown>][] = [
    ["GET", () => api.request(`/files/${id}/agent-home/x`)],
    ["PUT", () => api.request(`/files/${id}/agent-home/x`, { method: "PUT", body: "x" })],
    ["files.list", () => api.query("files.list", { workspaceId: id, root: "/agent-home" })],
    ["files.delete", () => api.mutate("files.delete", { workspaceId: id, root: "/agent-home", path: "x" })],
  ];
  for (const [request, call] of calls) {
    const response = await call().catch((error: unknown) => error);
    const isUnavailable =
      response instanceof TenantApiError &&
      response.status === 501 &&
      response.problem?.code === "agent_home_not_durable";
    if (isUnavailable) continue;
    throw new Error(
      `${request} of /agent-home should return 501 agent_home_not_durable, but ${response instanceof Error ? messageOf(response) : "it succeeded"}.`,
    );
  }
  log("/agent-home returns 501 agent_home_not_durable");
}

async function waitForOperation(options: ProofOptions, { id, kind }: Operation): Promise<void> {
  await pollUntil(options, `${kind} is still not done`, async () => {
    const operation = await options.api.query<Operation>("operations.get", { id });
    if (operation.status === "queued" || operation.status === "running") return null;
    if (operation.status === "succeeded") return { value: operation };
    throw new Error(`${kind} ended as ${operation.status}: ${operation.error?.message ?? "no reason given"}`);
  });
}

async function waitUntilOnline(options: ProofOptions, id: string): Promise<void> {
  const { generation } = await pollUntil(options, "the workspace is still not online", async () => {
    const workspace = await options.api.query<Workspace>("workspaces.get", { id });
    if (workspace.dataState === "missing")
      throw new Error(`${REGRESSION}: the tenant reports that the volume is missing.`);
    if (workspace.status === "online") return { value: workspace };
    if (workspace.status !== "failed") return null;
    throw new Error(`The workspace failed: ${workspace.statusReason?.message ?? "no reason given"}`);
  });
  options.log(`online, generation ${generation}`);
}

/** Finds the workspace by name, because a create request whose response was lost may have created it. */
async function tearDown(name: string, options: ProofOptions): Promise<void> {
  const { api, log } = options;
  // The cleanup must not be aborted with the proof.
  const cleanupOptions = { ...options, signal: new AbortController().signal };
  const search = { search: name, limit: 10 };
  const { items } = await pollUntil(cleanupOptions, "the workspaces are not listed", async () => ({
    value: await api.query<{ items: Workspace[] }>("workspaces.list", search),
  }));
  const created = items.find((workspace) => workspace.name === name);
  if (!created) return log("nothing to remove");
  const { id, volume } = created;
  const deletion = await pollUntil(cleanupOptions, "the delete is not accepted", async () => ({
    value: await api.mutate<Operation>("workspaces.delete", { id, confirmName: name, eraseData: true }),
  }));
  await waitForOperation(cleanupOptions, deletion);
  const { status } = await api.query<Workspace>("workspaces.get", { id });
  if (status !== "deleted") throw new Error(`${name} is ${status} after its delete.`);
  if (volume === null) return log(`deleted ${name}`);
  const receipt = await api.query<EraseReceipt>("volumes.receipt", { id: volume.id });
  if (receipt.volumeId !== volume.id || !receipt.erasedAt || !receipt.verifiedAt) {
    throw new Error(`The receipt of volume ${volume.id} does not confirm the erase.`);
  }
  log(`deleted ${name} and erased volume ${volume.id}, verified ${receipt.verifiedAt}`);
}

/** @param poll returns null while the result is pending. Transient request errors are retried. */
async function pollUntil<T>(
  { stepSecondsMax, signal }: ProofOptions,
  pending: string,
  poll: () => Promise<{ value: T } | null>,
): Promise<T> {
  const endsAt = Date.now() + stepSecondsMax * 1000;
  let lastError: unknown = null;
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await poll();
      if (result) return result.value;
    } catch (error) {
      if (!isTransient(error)) throw error;
      lastError = error;
    }
    if (Date.now() > endsAt) {
      throw new Error(`After ${stepSecondsMax} s ${pending}.${lastError ? ` ${messageOf(lastError)}` : ""}`);
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

/** True for a broken connection, a gateway error, or too many requests. */
function isTransient(error: unknown): boolean {
  if (error instanceof TenantApiError) return [429, 502, 503, 504].includes(error.status);
  return error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError");
}

const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Includes the cause, because `fetch failed` alone explains nothing. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
