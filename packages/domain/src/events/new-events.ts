import type { OperationKind } from "../operations.ts";
import type { TokenKind } from "../tokens.ts";
import type { VolumeState } from "../volumes/volume.ts";
import type { WorkspaceStatus } from "../workspace/lifecycle.ts";
import type { EventData, EventType, VolumeChange } from "./events.ts";

/** An event to store. The functions below create it, so that all events of a type have the same shape. */
export type NewEvent = {
  [Type in EventType]: { orgId: string; type: Type; workspaceId: string | null; data: EventData[Type] };
}[EventType];

interface Subject {
  orgId: string;
  workspaceId: string | null;
}
interface Workspace {
  id: string;
  orgId: string;
  status: WorkspaceStatus;
  generation: number;
}
interface Operation extends Subject {
  id: string;
  kind: OperationKind;
}
interface Volume extends Subject {
  id: string;
  state: VolumeState;
}
interface Token extends Subject {
  id: string;
  kind: TokenKind;
}

const event = <Type extends EventType>(type: Type, { orgId, workspaceId }: Subject, data: EventData[Type]) => ({
  orgId,
  type,
  workspaceId,
  data,
});

const subjectOf = ({ id, orgId }: Pick<Workspace, "id" | "orgId">): Subject => ({ orgId, workspaceId: id });

export const workspaceCreated = (workspace: Workspace, operationId: string): NewEvent =>
  event("workspace.created", subjectOf(workspace), { status: workspace.status, operationId });

export const workspaceUpdated = (workspace: Pick<Workspace, "id" | "orgId">): NewEvent =>
  event("workspace.updated", subjectOf(workspace), {});

export const workspaceStatusChanged = (workspace: Workspace): NewEvent =>
  event("workspace.status_changed", subjectOf(workspace), {
    status: workspace.status,
    generation: workspace.generation,
  });

/** One event for all moved workspaces. It has a `workspaceId` only when it concerns a single one. */
export function layoutChanged(orgId: string, ids: string[]): NewEvent {
  const only = ids.length === 1 ? ids[0] : undefined;
  return event("workspace.layout_changed", { orgId, workspaceId: only ?? null }, { ids });
}

/** @param cause why Berth queued it without a request */
export const operationQueued = (operation: Operation, cause?: string): NewEvent =>
  event("operation.queued", operation, {
    operationId: operation.id,
    kind: operation.kind,
    ...(cause === undefined ? {} : { cause }),
  });

export const operationStep = (operation: Operation, step: string | null): NewEvent =>
  event("operation.step", operation, { operationId: operation.id, kind: operation.kind, step });

export const operationFinished = (operation: Operation, status: "succeeded" | "failed"): NewEvent =>
  event("operation.finished", operation, { operationId: operation.id, kind: operation.kind, status });

export const volumeCreated = (volume: Volume): NewEvent =>
  event("volume.created", volume, { volumeId: volume.id, state: volume.state });

export const volumeChanged = (volume: Volume, change: VolumeChange = {}): NewEvent =>
  event("volume.state_changed", volume, { volumeId: volume.id, state: volume.state, ...change });

export const retentionHeld = (orgId: string, because: string): NewEvent =>
  event("retention.held", { orgId, workspaceId: null }, { because });

export const retentionResumed = (orgId: string, by: string): NewEvent =>
  event("retention.resumed", { orgId, workspaceId: null }, { by });

export const tokenCreated = (token: Token): NewEvent =>
  event("token.created", token, { tokenId: token.id, kind: token.kind });

export const tokenRevoked = (token: Omit<Token, "kind">): NewEvent =>
  event("token.revoked", token, { tokenId: token.id });

export const terminalOpened = (terminal: Subject & { id: string }, by: string): NewEvent =>
  event("terminal.opened", terminal, { terminalId: terminal.id, by });

export const terminalClosed = (
  terminal: Subject & { id: string },
  end: Omit<EventData["terminal.closed"], "terminalId">,
): NewEvent => event("terminal.closed", terminal, { terminalId: terminal.id, ...end });

export const commandStarted = (command: Subject & { id: string }, by: string): NewEvent =>
  event("command.started", command, { commandId: command.id, by });

export const commandEnded = (
  command: Subject & { id: string },
  end: Omit<EventData["command.ended"], "commandId">,
): NewEvent => event("command.ended", command, { commandId: command.id, ...end });

type Share = Subject & { id: string; port: number };
export const portShared = (share: Share, by: string): NewEvent =>
  event("port.shared", share, { shareId: share.id, port: share.port, by });
export const portShareRevoked = (share: Share, by: string): NewEvent =>
  event("port.share_revoked", share, { shareId: share.id, port: share.port, by });
