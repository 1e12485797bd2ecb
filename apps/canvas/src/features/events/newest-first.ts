import type { BerthEvent } from "@berth/domain";

/** Both lists as one, each event once: the stream and the pages tell of the same things. */
export function newestFirst(live: readonly BerthEvent[], pages: readonly BerthEvent[]): BerthEvent[] {
  const bySequence = new Map([...pages, ...live].map((event) => [event.sequence, event]));
  return [...bySequence.values()].sort((one, other) => other.sequence - one.sequence);
}
