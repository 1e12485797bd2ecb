import { DomainError } from "@berth/domain";
import type { RequestContext } from "./context.ts";
import { toTrpcError } from "./problems.ts";

export const stopping = (): DomainError =>
  new DomainError("backend_unavailable", "Berth is stopping. Connect again in a moment.");

/**
 * What a service tells until it ends, the caller goes, or Berth stops. What a generator throws passes no middleware, so
 * it is mapped here.
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
    // Nobody is left to be told.
    if (signal?.aborted) return;
    if (ended.aborted) throw toTrpcError(stopping());
    throw error instanceof DomainError ? toTrpcError(error) : error;
  }
}
