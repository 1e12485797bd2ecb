import { listEventsInput, subscribeEventsInput } from "@berth/domain";
import { followEvents, listEvents } from "@berth/services";
import { tracked } from "@trpc/server";
import { toTrpcError } from "./problems.ts";
import { stopping, untilEnded } from "./subscription.ts";
import { procedure, query, router } from "./trpc.ts";

export const eventsRouter = router({
  list: procedure.input(listEventsInput.prefault({})).query(query(listEvents)),

  subscribe: procedure.input(subscribeEventsInput).subscription(async function* ({ ctx, input, signal }) {
    const { lastEventId, after, workspaceId } = input;
    const from = lastEventId ? Number(lastEventId) : after;
    const events = untilEnded(ctx, signal, (ended) => {
      return followEvents(ctx.deps, ctx.actor, { after: from, workspaceId }, ended);
    });
    for await (const event of events) yield tracked(String(event.sequence), event);
    // An error instead of a normal end, so that the client reconnects instead of treating the feed as complete.
    if (!signal?.aborted) throw toTrpcError(stopping());
  }),
});
