import { isRejected } from "./aws-problem.ts";
import type { Ec2Timings } from "./options.ts";

/**
 * Resources that this process has recently asked AWS to create. AWS may not show them yet, so their absence proves
 * nothing. A request whose response was lost may still have succeeded.
 */
export class RecentlyCreated {
  readonly #timings: Pick<Ec2Timings, "visibleWithinMs">;
  readonly #askedAt = new Map<string, number>();

  constructor(timings: Pick<Ec2Timings, "visibleWithinMs">) {
    this.#timings = timings;
  }

  #asked(id: string): void {
    const now = performance.now();
    for (const [each, at] of this.#askedAt) if (now - at > this.#timings.visibleWithinMs) this.#askedAt.delete(each);
    this.#askedAt.set(id, now);
  }

  /** The resource is visible or will never exist, so its absence is meaningful again. */
  settled(id: string): void {
    this.#askedAt.delete(id);
  }

  /**
   * Sends a request to create something. It may take effect even when its response is lost, but not when it is
   * rejected.
   */
  async during<T>(id: string, request: () => Promise<T>): Promise<T> {
    this.#asked(id);
    try {
      return await request();
    } catch (error) {
      if (isRejected(error)) this.settled(id);
      throw error;
    }
  }

  mayAppear(id: string): boolean {
    const at = this.#askedAt.get(id);
    return at !== undefined && performance.now() - at <= this.#timings.visibleWithinMs;
  }
}
