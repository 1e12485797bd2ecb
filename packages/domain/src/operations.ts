import { z } from "zod";
import { idSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { storableText } from "./text.ts";

/**
 * `erase` belongs to a volume; the others to a workspace. Only the reconciler requests `recover`, for a lost
 * instance.
 */
export const OPERATION_KINDS = [
  "create",
  "restart",
  "pause",
  "resume",
  "hibernate",
  "wake",
  "recover",
  "delete",
  "restore",
  "erase",
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OPERATION_STATUSES = ["queued", "running", "succeeded", "failed", "superseded"] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** An operation that has not ended yet. */
export const OPEN_OPERATION_STATUSES = ["queued", "running"] as const satisfies readonly OperationStatus[];
export const isOpenOperation = ({ status }: { status: OperationStatus }): boolean =>
  status === "queued" || status === "running";

export const STEP_STATUSES = ["running", "succeeded", "failed"] as const;

export interface OperationStep {
  name: string;
  status: (typeof STEP_STATUSES)[number];
  startedAt: string;
  endedAt: string | null;
  message: string | null;
}

/** Why something failed or is degraded, and what happens next. */
export interface StatusReason {
  code: string;
  message: string;
  retryable: boolean;
  nextAttemptAt: string | null;
}

export interface Operation {
  id: string;
  workspaceId: string | null;
  volumeId: string | null;
  kind: OperationKind;
  status: OperationStatus;
  steps: OperationStep[];
  error: StatusReason | null;
  createdAt: string;
  finishedAt: string | null;
}

export const operationIdInput = z.strictObject({ id: idSchema });

export const listOperationsInput = z.strictObject({
  workspaceId: idSchema.optional(),
  status: z.enum(OPERATION_STATUSES).optional(),
  limit: z.number().int().min(1).max(LIMITS.listLimitMax).default(LIMITS.listLimitDefault),
  cursor: storableText().max(500).optional(),
});
export type ListOperationsInput = z.output<typeof listOperationsInput>;

export const durationsInput = z.strictObject({ workspaceId: idSchema });
export type DurationsInput = z.output<typeof durationsInput>;
