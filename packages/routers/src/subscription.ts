import { DomainError } from "@berth/domain";
import type { RequestContext } from "./context.ts";
import { toTrpcError } from "./problems.ts";

export const stopping = (): DomainError =>
  new DomainError("backend_unavailable", "Berth is stopping. Connect again in a moment.");

/**
 * Runs a subscription until the service ends it, the client disconnects, or Berth stops. Maps errors here, because
 * errors of a generator do not pass through middleware.
 */
export async function* untilEnded<T>(
  ctx: Pick<RequestContext, "signal">,
  signal: AbortSignal | undefined,
  follow: (ended: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const ended = signal ? AbortSignal.any([signal, ctx.signal]) : ctx.signal;
  try {
    yield* follow(ended);
  } catch (error) {
    // The client has disconnected, so there is no one to report to.
    if (signal?.aborted) return;
    if (ended.aborted) throw toTrpcError(stopping());
    throw error instanceof DomainError ? toTrpcError(error) : error;
  }
}
