import { listEventsInput, subscribeEventsInput } from "@berth/domain";
import { followEvents, listEvents } from "@berth/services";
import { tracked } from "@trpc/server";
import { toTrpcError } from "./problems.ts";
import { stopping, untilEnded } from "./subscription.ts";
import { ask, procedure, router } from "./trpc.ts";

export const eventsRouter = router({
  list: procedure.input(listEventsInput.prefault({})).query(ask(listEvents)),

  subscribe: procedure.input(subscribeEventsInput).subscription(async function* ({ ctx, input, signal }) {
    const { lastEventId, after, workspaceId } = input;
    const from = lastEventId ? Number(lastEventId) : after;
    const events = untilEnded(ctx, signal, (ended) => {
      return followEvents(ctx.deps, ctx.actor, { after: from, workspaceId }, ended);
    });
    for await (const event of events) yield tracked(String(event.sequence), event);
    // Ending quietly would tell the caller that there is nothing more to come. It is told to come back instead.
    if (!signal?.aborted) throw toTrpcError(stopping());
  }),
});
