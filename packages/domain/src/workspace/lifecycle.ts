export const WORKSPACE_STATUSES = [
  "provisioning",
  "online",
  "degraded",
  "offline",
  "pausing",
  "paused",
  "hibernating",
  "hibernated",
  "deleting",
  "deleted",
  "failed",
  "awaiting_agent",
] as const;
export type WorkspaceStatus = (typeof WORKSPACE_STATUSES)[number];

/** What should be. `status` says where the way there has got to. */
export const DESIRED_STATES = ["running", "paused", "hibernated", "deleted"] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/** Reported apart from `status`: a missing machine is not missing data. */
export const DATA_STATES = ["intact", "missing", "unknown", "none"] as const;
export type DataState = (typeof DATA_STATES)[number];

/** What people and agents ask for. */
export const LIFECYCLE_VERBS = ["restart", "pause", "resume", "hibernate", "wake", "delete", "restore"] as const;
export type LifecycleVerb = (typeof LIFECYCLE_VERBS)[number];

/** What the reconciler reports about the way there. */
export type LifecycleFact = "started" | "degraded" | "lost" | "paused" | "hibernated" | "deleted" | "failed";

export type LifecycleEvent = LifecycleVerb | LifecycleFact;

/**
 * Every legal move. Delete is legal from every status but `deleted`; while `deleting` it joins the running delete, or
 * replaces it when it now asks to erase. `failed` is a place to retry from, not an end. Restart and hibernate from
 * `provisioning` take force: they end the start that is under way (see `verbsWithForce`).
 */
const TRANSITIONS: Record<WorkspaceStatus, Partial<Record<LifecycleEvent, WorkspaceStatus>>> = {
  provisioning: {
    restart: "provisioning",
    hibernate: "hibernating",
    delete: "deleting",
    started: "online",
    failed: "failed",
  },
  online: {
    restart: "provisioning",
    pause: "pausing",
    hibernate: "hibernating",
    delete: "deleting",
    degraded: "degraded",
    lost: "offline",
  },
  degraded: {
    restart: "provisioning",
    pause: "pausing",
    hibernate: "hibernating",
    delete: "deleting",
    started: "online",
    lost: "offline",
  },
  offline: {
    restart: "provisioning",
    pause: "pausing",
    hibernate: "hibernating",
    delete: "deleting",
    started: "online",
    degraded: "degraded",
  },
  pausing: { paused: "paused", failed: "failed", delete: "deleting" },
  paused: { resume: "provisioning", delete: "deleting" },
  hibernating: { hibernated: "hibernated", failed: "failed", delete: "deleting" },
  hibernated: { wake: "provisioning", delete: "deleting" },
  deleting: { deleted: "deleted", delete: "deleting" },
  deleted: { restore: "provisioning" },
  failed: { restart: "provisioning", delete: "deleting" },
  awaiting_agent: { started: "online", delete: "deleting" },
};

export const nextStatus = (from: WorkspaceStatus, event: LifecycleEvent): WorkspaceStatus | undefined =>
  TRANSITIONS[from][event];

/** The verbs a person may ask for now, in the order buttons stand. */
export const allowedVerbs = (status: WorkspaceStatus): LifecycleVerb[] =>
  LIFECYCLE_VERBS.filter(
    (verb) =>
      nextStatus(status, verb) !== undefined &&
      !(status === "deleting" && verb === "delete") &&
      !verbsWithForce(status).includes(verb),
  );

/**
 * The verbs that need force now because they end the start that is under way: a restart tries again with a new machine,
 * a hibernate calls the start off and gives the machine back.
 */
export const verbsWithForce = (status: WorkspaceStatus): LifecycleVerb[] =>
  status === "provisioning" ? ["restart", "hibernate"] : [];

/** The statuses from which `event` is legal: what SQL guards and docs print. */
export const statusesAllowing = (event: LifecycleEvent): WorkspaceStatus[] =>
  WORKSPACE_STATUSES.filter((status) => nextStatus(status, event) !== undefined);

/** On the way somewhere; each has a deadline on the server's clock. */
export const BUSY_STATUSES = [
  "provisioning",
  "pausing",
  "hibernating",
  "deleting",
] as const satisfies WorkspaceStatus[];
export const isBusy = (status: WorkspaceStatus): boolean =>
  (BUSY_STATUSES as readonly WorkspaceStatus[]).includes(status);

/** An instance should be running, so its loss is something to repair. */
export const LIVE_STATUSES = ["online", "degraded", "offline"] as const satisfies WorkspaceStatus[];
export const isLive = (status: WorkspaceStatus): boolean =>
  (LIVE_STATUSES as readonly WorkspaceStatus[]).includes(status);

/** The state each verb asks for. */
export const DESIRED_BY_VERB = {
  restart: "running",
  pause: "paused",
  resume: "running",
  hibernate: "hibernated",
  wake: "running",
  delete: "deleted",
  restore: "running",
} as const satisfies Record<LifecycleVerb, DesiredState>;
