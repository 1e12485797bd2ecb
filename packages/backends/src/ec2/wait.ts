import { setTimeout as pause } from "node:timers/promises";
import { unavailable } from "../problems.ts";
import { isOutage, isTransient } from "./aws-problem.ts";
import type { Ec2Timings } from "./options.ts";

export interface WaitOptions {
  timings: Ec2Timings;
  /** Completes the sentence "EC2 has not …". */
  until: string;
  signal?: AbortSignal | undefined;
}

/** This many polls in a row may fail (throttled, 5xx or no response) before the error is thrown. */
const FAILURES_MAX = 4;

/**
 * Polls until there is a result. Continues after a rejection because AWS is changing state, and after an
 * isolated failure: one failed call in thirty must not undo a start that is nearly complete.
 *
 * @throws DomainError `backend_unavailable` when it takes too long, and the signal's reason.
 */
export async function waitFor<T>(poll: () => Promise<T | null>, { timings, until, signal }: WaitOptions): Promise<T> {
  const deadline = performance.now() + timings.waitMsMax;
  let troubles = 0;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await poll().then(
      (found) => {
        troubles = 0;
        return found;
      },
      (error: unknown) => {
        if (isTransient(error)) return null;
        troubles += 1;
        if (troubles > FAILURES_MAX || !isOutage(error)) throw error;
        return null;
      },
    );
    if (seen !== null) return seen;
    if (performance.now() > deadline) throw unavailable(`EC2 has not ${until} yet. Berth checks again.`);
    await pause(timings.pollMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}
