const ECHO_WITHIN_MILLISECONDS = 5_000;

/**
 * Moves made here come back as events. The map already shows them, so one event for each save is not worth a refetch;
 * any further one is somebody else's.
 */
export class LayoutEchoes {
  #expectedUntil: number[] = [];

  expect(now: number): void {
    this.#expectedUntil.push(now + ECHO_WITHIN_MILLISECONDS);
  }

  /** @returns true when this event is the echo of a save made here. */
  take(now: number): boolean {
    this.#expectedUntil = this.#expectedUntil.filter((until) => until > now);
    return this.#expectedUntil.shift() !== undefined;
  }
}
