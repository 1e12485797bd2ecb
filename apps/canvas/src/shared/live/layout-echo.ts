const ECHO_WITHIN_MILLISECONDS = 5_000;

/**
 * Local moves come back as events. The map already shows them, so one event per save needs no refetch; any further event
 * is another person's change.
 */
export class LayoutEchoes {
  #expectedUntil: number[] = [];

  expect(now: number): void {
    this.#expectedUntil.push(now + ECHO_WITHIN_MILLISECONDS);
  }

  /** @returns true when this event is the echo of a local save. */
  take(now: number): boolean {
    this.#expectedUntil = this.#expectedUntil.filter((until) => until > now);
    return this.#expectedUntil.shift() !== undefined;
  }
}
