import { DomainError, listEventsInput, subscribeEventsInput } from "@berth/domain";
import { followEvents, listEvents } from "@berth/services";
import { tracked } from "@trpc/server";
import { toTrpcError } from "./problems.ts";
import { ask, procedure, router } from "./trpc.ts";

export const eventsRouter = router({
  list: procedure.input(listEventsInput.prefault({})).query(ask(listEvents)),

  subscribe: procedure.input(subscribeEventsInput).subscription(async function* ({ ctx, input, signal }) {
    const { lastEventId, after, workspaceId } = input;
    const from = lastEventId ? Number(lastEventId) : after;
    const ended = signal ? AbortSignal.any([signal, ctx.signal]) : ctx.signal;
    try {
      for await (const event of followEvents(ctx.deps, ctx.actor, { after: from, workspaceId }, ended)) {
        yield tracked(String(event.sequence), event);
      }
      // Ending quietly would tell the caller that there is nothing more to come. It is told to come back instead.
      if (!signal?.aborted)
        throw new DomainError("backend_unavailable", "Berth is stopping. Connect again in a moment.");
    } catch (error) {
      // What a generator throws passes no middleware, so it is mapped here.
      throw error instanceof DomainError ? toTrpcError(error) : error;
    }
  }),
});
