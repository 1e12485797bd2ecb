import type { BerthEvent } from "@berth/domain";

/** Merges both lists and drops duplicates: the stream and the pages overlap. */
export function newestFirst(live: readonly BerthEvent[], pages: readonly BerthEvent[]): BerthEvent[] {
  const bySequence = new Map([...pages, ...live].map((event) => [event.sequence, event]));
  return [...bySequence.values()].sort((one, other) => other.sequence - one.sequence);
}
