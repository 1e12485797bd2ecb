/** Nothing is concluded from fewer looks in a row. */
const LOOKS_MIN = 3;

/** Remembers in how many looks in a row something strange was seen, and for how long. A look that failed is not one. */
export class Sightings {
  readonly #seen = new Map<string, { looks: number; since: number }>();
  readonly #minAgeMs: number;

  /** @param minAgeSeconds since the first look that saw it */
  constructor(minAgeSeconds: number) {
    this.#minAgeMs = minAgeSeconds * 1000;
  }

  /** @returns of `ids`, those seen often enough and long enough. What this look did not see is forgotten. */
  note(ids: readonly string[], now = performance.now()): string[] {
    const seen = new Set(ids);
    for (const id of this.#seen.keys()) if (!seen.has(id)) this.#seen.delete(id);
    for (const id of seen) {
      const before = this.#seen.get(id) ?? { looks: 0, since: now };
      this.#seen.set(id, { ...before, looks: before.looks + 1 });
    }
    return [...seen].filter((id) => {
      const { looks, since } = this.#seen.get(id) ?? { looks: 0, since: now };
      return looks >= LOOKS_MIN && now - since >= this.#minAgeMs;
    });
  }
}
