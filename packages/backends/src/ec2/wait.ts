import { setTimeout as pause } from "node:timers/promises";
import { unavailable } from "../problems.ts";
import { isBetweenStates } from "./aws-problem.ts";
import type { Ec2Pace } from "./options.ts";

export interface WaitOptions {
  pace: Ec2Pace;
  /** Ends the sentence "EC2 has not …". */
  until: string;
  signal?: AbortSignal | undefined;
}

/**
 * Looks until there is something to answer. What AWS refuses because it is between two states counts as not yet.
 *
 * @throws DomainError `backend_unavailable` when it takes too long, and the signal's reason.
 */
export async function waitFor<T>(look: () => Promise<T | null>, { pace, until, signal }: WaitOptions): Promise<T> {
  const deadline = performance.now() + pace.waitMsMax;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look().catch((error: unknown) => {
      if (isBetweenStates(error)) return null;
      throw error;
    });
    if (seen !== null) return seen;
    if (performance.now() > deadline) throw unavailable(`EC2 has not ${until} yet. It is looked at again.`);
    await pause(pace.pollMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}
