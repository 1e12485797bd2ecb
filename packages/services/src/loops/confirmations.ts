const CHECKS_MIN = 3;

/**
 * Confirms a finding after several consecutive checks and a minimum age. Callers skip failed checks, which prove
 * nothing.
 */
export class Confirmations {
  readonly #findings = new Map<string, { checks: number; since: number }>();
  readonly #minAgeMs: number;

  /** @param minAgeSeconds since the first check that found it */
  constructor(minAgeSeconds: number) {
    this.#minAgeMs = minAgeSeconds * 1000;
  }

  /** Records one check. @returns the ids that are confirmed now. Ids that this check did not find start over. */
  confirm(ids: readonly string[], now = performance.now()): string[] {
    const found = new Set(ids);
    for (const id of this.#findings.keys()) if (!found.has(id)) this.#findings.delete(id);
    return [...found].filter((id) => {
      const { checks, since } = this.#findings.get(id) ?? { checks: 0, since: now };
      this.#findings.set(id, { checks: checks + 1, since });
      return checks + 1 >= CHECKS_MIN && now - since >= this.#minAgeMs;
    });
  }
}
