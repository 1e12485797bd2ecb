import type { OperationKind, OperationStatus } from "@berth/domain";

export const OPERATION_NAMES: Record<OperationKind, string> = {
  create: "Create",
  restart: "Restart",
  pause: "Pause",
  resume: "Resume",
  hibernate: "Hibernate",
  wake: "Wake",
  recover: "Repair",
  delete: "Delete",
  restore: "Restore",
  erase: "Erase",
};

export const OPERATION_STATUS_NAMES: Record<OperationStatus, string> = {
  queued: "Waiting",
  running: "Running",
  succeeded: "Done",
  failed: "Failed",
  superseded: "Superseded",
};
