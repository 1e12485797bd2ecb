import { z } from "zod";
import { idSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Every event type, once. Payloads are ids and statuses; a client that wants more asks for it. */
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
  "files.changed",
  "terminal.opened",
  "terminal.closed",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The first message to a subscriber who named no start. It stands in no table: it says where the feed begins. */
export const FEED_STARTED = "feed.started";

/**
 * The first message to a subscriber whose start is older than what is kept (`LIMITS.eventsKeptDays`). Events between its
 * start and this sequence were removed: everything has to be fetched anew.
 */
export const FEED_TRIMMED = "feed.trimmed";

export interface BerthEvent {
  sequence: number;
  type: EventType | typeof FEED_STARTED | typeof FEED_TRIMMED;
  workspaceId: string | null;
  at: string;
  data: Record<string, unknown>;
}

const sequence = z.number().int().min(0);

export const listEventsInput = z.strictObject({
  after: sequence.optional(),
  /** With `order` `desc` the way back: give it the sequence of the oldest one seen. */
  before: sequence.optional(),
  order: z.enum(["asc", "desc"]).optional(),
  types: z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length).optional(),
  workspaceId: idSchema.optional(),
  limit: z.number().int().min(1).max(LIMITS.listLimitMax).default(LIMITS.listLimitDefault),
});
export type ListEventsInput = z.output<typeof listEventsInput>;

/** `lastEventId` is what tRPC sends by itself when a subscription resumes; it wins over `after`. */
export const subscribeEventsInput = z
  .strictObject({
    after: sequence.optional(),
    workspaceId: idSchema.optional(),
    lastEventId: z.string().regex(/^\d+$/).nullish(),
  })
  .default({});
