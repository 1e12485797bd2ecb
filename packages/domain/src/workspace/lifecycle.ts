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
] as const;
export type WorkspaceStatus = (typeof WORKSPACE_STATUSES)[number];

/** The intent. `status` says how far the workspace is on the way there. */
export const DESIRED_STATES = ["running", "paused", "hibernated", "deleted"] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/** Separate from `status`, because a missing instance does not mean missing data. */
export const DATA_STATES = ["intact", "missing", "unknown", "none"] as const;
export type DataState = (typeof DATA_STATES)[number];

/** Verbs of people and agents. */
export const LIFECYCLE_VERBS = ["restart", "pause", "resume", "hibernate", "wake", "delete", "restore"] as const;
export type LifecycleVerb = (typeof LIFECYCLE_VERBS)[number];

/** Findings of the reconciler. */
export type LifecycleFact = "started" | "degraded" | "lost" | "paused" | "hibernated" | "deleted" | "failed";

export type LifecycleEvent = LifecycleVerb | LifecycleFact;

/**
 * All legal transitions. Delete is legal from every status but `deleted`; while `deleting` it joins the running
 * delete, or replaces it when the new one asks to erase. `failed` is not final: it allows a retry. Restart and
 * hibernate from `provisioning` need force, because they end the running start (see `verbsWithForce`).
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
};

export const nextStatus = (from: WorkspaceStatus, event: LifecycleEvent): WorkspaceStatus | undefined =>
  TRANSITIONS[from][event];

/** The verbs that a person can use now, in the order of their buttons. */
export const allowedVerbs = (status: WorkspaceStatus): LifecycleVerb[] =>
  LIFECYCLE_VERBS.filter(
    (verb) =>
      nextStatus(status, verb) !== undefined &&
      !(status === "deleting" && verb === "delete") &&
      !verbsWithForce(status).includes(verb),
  );

/**
 * The verbs that need force now because they end the running start: a restart tries again with a new instance, a
 * hibernate cancels the start and removes the instance.
 */
export const verbsWithForce = (status: WorkspaceStatus): LifecycleVerb[] =>
  status === "provisioning" ? ["restart", "hibernate"] : [];

/** In transition. Each has a deadline on the server's clock. */
export const BUSY_STATUSES = [
  "provisioning",
  "pausing",
  "hibernating",
  "deleting",
] as const satisfies WorkspaceStatus[];
export const isBusy = (status: WorkspaceStatus): boolean =>
  (BUSY_STATUSES as readonly WorkspaceStatus[]).includes(status);

/** An instance should be running, so its loss must be repaired. */
export const LIVE_STATUSES = ["online", "degraded", "offline"] as const satisfies WorkspaceStatus[];
export const isLive = (status: WorkspaceStatus): boolean =>
  (LIVE_STATUSES as readonly WorkspaceStatus[]).includes(status);

/** The desired state of each verb. */
export const DESIRED_BY_VERB = {
  restart: "running",
  pause: "paused",
  resume: "running",
  hibernate: "hibernated",
  wake: "running",
  delete: "deleted",
  restore: "running",
} as const satisfies Record<LifecycleVerb, DesiredState>;
