import { isRefused } from "./aws-problem.ts";
import type { Ec2Pace } from "./options.ts";

/**
 * What this process has asked AWS to make a moment ago. AWS may not show it yet, so its absence means nothing; and a
 * request whose answer was lost may have made it all the same.
 */
export class RecentlyMade {
  readonly #pace: Pick<Ec2Pace, "visibleWithinMs">;
  readonly #askedAt = new Map<string, number>();

  constructor(pace: Pick<Ec2Pace, "visibleWithinMs">) {
    this.#pace = pace;
  }

  #asked(id: string): void {
    const now = performance.now();
    for (const [each, at] of this.#askedAt) if (now - at > this.#pace.visibleWithinMs) this.#askedAt.delete(each);
    this.#askedAt.set(id, now);
  }

  /** It is there, or will never be: there is nothing left to wait for. */
  settled(id: string): void {
    this.#askedAt.delete(id);
  }

  /** Makes a request that may come to something even when its answer is lost; a refusal comes to nothing. */
  async during<T>(id: string, request: () => Promise<T>): Promise<T> {
    this.#asked(id);
    try {
      return await request();
    } catch (error) {
      if (isRefused(error)) this.settled(id);
      throw error;
    }
  }

  mayAppear(id: string): boolean {
    const at = this.#askedAt.get(id);
    return at !== undefined && performance.now() - at <= this.#pace.visibleWithinMs;
  }
}
