import { z } from "zod";
import type { CommandState } from "../commands/command.ts";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import type { OperationKind } from "../operations.ts";
import type { TerminalEndReason } from "../terminals/terminal.ts";
import type { TokenKind } from "../tokens.ts";
import type { VolumeState } from "../volumes/volume.ts";
import type { WorkspaceStatus } from "../workspace/lifecycle.ts";

/** The payload of each event: ids and statuses. Clients query for more. */
export interface EventData {
  "workspace.created": { status: WorkspaceStatus; operationId: string };
  "workspace.updated": NoData;
  "workspace.status_changed": { status: WorkspaceStatus; generation: number };
  "workspace.layout_changed": { ids: string[] };
  /** `cause` says why Berth queued it without a request. */
  "operation.queued": { operationId: string; kind: OperationKind; cause?: string };
  "operation.step": { operationId: string; kind: OperationKind; step: string | null };
  "operation.finished": { operationId: string; kind: OperationKind; status: "succeeded" | "failed" };
  "volume.created": { volumeId: string; state: VolumeState };
  "volume.state_changed": { volumeId: string; state: VolumeState } & VolumeChange;
  "retention.held": { because: string };
  /** What ended the hold: a caller, or the waiting time. */
  "retention.resumed": { by: string };
  "token.created": { tokenId: string; kind: TokenKind };
  "token.revoked": { tokenId: string };
  "terminal.opened": { terminalId: string; by: string };
  /** `by` is the caller who closed it; null when it ended for another reason. */
  "terminal.closed": { terminalId: string; reason: TerminalEndReason; exitCode: number | null; by: string | null };
  /** Only for commands that outlive their caller. */
  "command.started": { commandId: string; by: string };
  "command.ended": { commandId: string; state: Exclude<CommandState, "running">; exitCode: number | null };
  "port.shared": { shareId: string; port: number; by: string };
  "port.share_revoked": { shareId: string; port: number; by: string };
}
export type NoData = Record<string, never>;

/** What changed about a volume, apart from its state. */
export interface VolumeChange {
  /** Why its deadline is on hold. */
  heldBecause?: string | null;
  /** True: the backend lacks the volume or a part of it. False: it is complete again. */
  missing?: boolean;
  /** Null: the whole volume. */
  missingParts?: string[] | null;
  /** It was erased and exists again. */
  returned?: true;
}

/** All event types. */
export const EVENT_TYPES = [
  "workspace.created",
  "workspace.updated",
  "workspace.status_changed",
  "workspace.layout_changed",
  "operation.queued",
  "operation.step",
  "operation.finished",
  "volume.created",
  "volume.state_changed",
  "retention.held",
  "retention.resumed",
  "token.created",
  "token.revoked",
  "terminal.opened",
  "terminal.closed",
  "command.started",
  "command.ended",
  "port.shared",
  "port.share_revoked",
] as const satisfies readonly (keyof EventData)[];
export type EventType = (typeof EVENT_TYPES)[number];

/** The first message to a subscriber without a cursor. It is not stored; its sequence is the start of the feed. */
export const FEED_STARTED = "feed.started";

/**
 * The first message to a subscriber whose cursor is older than the kept events (`LIMITS.eventsKeptDays`). Events
 * between the cursor and this sequence were deleted, so the client must fetch everything again.
 */
export const FEED_TRIMMED = "feed.trimmed";

interface FeedData extends EventData {
  [FEED_STARTED]: NoData;
  [FEED_TRIMMED]: NoData;
}

/** An event as readers get it. `type` determines the shape of `data`. */
export type BerthEvent = {
  [Type in keyof FeedData]: {
    sequence: number;
    type: Type;
    workspaceId: string | null;
    at: string;
    data: FeedData[Type];
  };
}[keyof FeedData];

/** An event in the database. */
export type StoredEvent = Extract<BerthEvent, { type: EventType }>;

const sequence = z.number().int().min(0);

export const listEventsInput = z.strictObject({
  after: sequence.optional(),
  /** For paging back with `order` `desc`: the sequence of the oldest event seen. */
  before: sequence.optional(),
  order: z.enum(["asc", "desc"]).optional(),
  types: z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length).optional(),
  workspaceId: idSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listLimitMax).default(LIMITS.listLimitDefault),
});
export type ListEventsInput = z.output<typeof listEventsInput>;

/** tRPC sends `lastEventId` when a subscription resumes; it takes precedence over `after`. */
export const subscribeEventsInput = z
  .strictObject({
    after: sequence.optional(),
    workspaceId: idSchema.optional(),
    lastEventId: z.string().regex(/^\d+$/).nullish(),
  })
  .default({});
