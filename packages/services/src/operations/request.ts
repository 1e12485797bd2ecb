import { randomUUID } from "node:crypto";
import { type OperationRow, setIncarnation, type Transaction, type VolumeRow, type WorkspaceRow } from "@berth/db";
import { insertIncarnation, insertOperation, orderErase, writeIntent } from "@berth/db/requests";
import {
  type EraseReason,
  type OperationKind,
  operationQueued,
  type VolumeState,
  volumeChanged,
  type WorkspaceStatus,
  workspaceCreated,
  workspaceStatusChanged,
} from "@berth/domain";

export interface WorkspaceRequest {
  /** Locked by the caller, and without an open operation. */
  subject: WorkspaceRow;
  kind: Exclude<OperationKind, "erase">;
  desired: WorkspaceRow["desired"];
  status: WorkspaceStatus;
  /** The instance that should exist afterwards. `kept` is the current one, or none. */
  incarnation: "new" | "kept" | "kept or new" | "none";
  requestedBy: string;
  /** The reason of a request that Berth makes without a caller. */
  cause?: string;
  /** The delete that this one belongs to, shared by all workspaces of a cascade. */
  deletionId?: string;
  /** The volume that this operation erases too. */
  erases?: VolumeRow;
}

export interface VolumeRequest {
  subject: VolumeRow;
  kind: "erase";
  /** The states in which it may be erased. */
  from: readonly VolumeState[];
  reason: EraseReason;
  /** The name that a person typed to confirm; null for an expiry. */
  confirmedName: string | null;
  requestedBy: string;
}

/**
 * Writes the intent, its incarnation, an erase order if data is erased, and the operation for the worker, and emits the
 * events. No other code does this. The caller has checked whether the request is allowed.
 *
 * @returns undefined when the volume to erase has changed its state
 */
export async function requestOperation(tx: Transaction, request: WorkspaceRequest): Promise<OperationRow>;
export async function requestOperation(tx: Transaction, request: VolumeRequest): Promise<OperationRow | undefined>;
export async function requestOperation(
  tx: Transaction,
  request: WorkspaceRequest | VolumeRequest,
): Promise<OperationRow | undefined> {
  return request.kind === "erase" ? queueErase(tx, request) : queueWork(tx, request);
}

async function queueWork(tx: Transaction, request: WorkspaceRequest): Promise<OperationRow> {
  const { subject, kind, desired, status, requestedBy, cause, deletionId, erases } = request;
  const { id: workspaceId, orgId, backend, name } = subject;
  const incarnationId = incarnationFor(request);
  const workspace = await writeIntent(tx, workspaceId, { desired, status, incarnationId, deletionId });
  const { generation } = workspace;
  if (incarnationId && incarnationId !== subject.incarnationId) {
    await insertIncarnation(tx, { id: incarnationId, workspaceId, generation, backend });
  }
  if (erases) {
    const order = { reason: "delete_with_erase" as const, confirmedName: name, requestedBy };
    await orderEraseOf(tx, erases, { ...order, from: ["attached", "retained"] });
  }
  const operation = await insertOperation(tx, { orgId, workspaceId, kind, generation, requestedBy });
  tx.emit(
    kind === "create" ? workspaceCreated(workspace, operation.id) : workspaceStatusChanged(workspace),
    operationQueued(operation, cause),
  );
  return operation;
}

function incarnationFor({ subject, incarnation }: WorkspaceRequest): string | null {
  switch (incarnation) {
    case "none":
      return null;
    case "kept":
      return subject.incarnationId;
    case "kept or new":
      return subject.incarnationId ?? randomUUID();
    case "new":
      return randomUUID();
  }
}

/**
 * For an instance that no longer exists. An incarnation creates its instance only once, so the workspace gets a new
 * one.
 */
export async function replaceIncarnation(tx: Transaction, workspace: WorkspaceRow): Promise<void> {
  const { id: workspaceId, generation, backend } = workspace;
  const { id } = await insertIncarnation(tx, { workspaceId, generation, backend });
  await setIncarnation(tx, workspaceId, id);
}

async function queueErase(tx: Transaction, request: VolumeRequest): Promise<OperationRow | undefined> {
  const { subject, kind, requestedBy } = request;
  if (!(await orderEraseOf(tx, subject, request))) return undefined;
  const operation = await insertOperation(tx, { orgId: subject.orgId, volumeId: subject.id, kind, requestedBy });
  tx.emit(operationQueued(operation));
  return operation;
}

/** @returns false when the volume has changed its state */
async function orderEraseOf(
  tx: Transaction,
  volume: VolumeRow,
  { from, ...order }: Pick<VolumeRequest, "from" | "reason" | "confirmedName" | "requestedBy">,
): Promise<boolean> {
  const { id: volumeId, orgId, backend } = volume;
  const { reason, confirmedName, requestedBy } = order;
  const isOrdered = await orderErase(tx, { orgId, volumeId, backend, reason, confirmedName, requestedBy }, from);
  if (isOrdered) tx.emit(volumeChanged({ ...volume, state: "erasing" }));
  return isOrdered !== undefined;
}
