import { liveAccess, type PortAccessIds } from "@berth/db";
import type { AccessCredential, Deps } from "@berth/services";

/** Together with the time of one query, less than a second. */
const CHECK_EVERY_MS = 400;

interface Held {
  credential: NonNullable<AccessCredential>;
  ended: AbortController;
}

/**
 * Closes open connections when what gave access to them has ended: a revoked or expired link, a revoked token, a person who
 * signed out. Every process checks the connections that it holds, with one query while there are any, so no process depends
 * on a notification.
 */
export class LiveAccess {
  readonly #deps: Deps;
  readonly #held = new Set<Held>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** @returns a signal that aborts when the access ends, and a function to call when the connection has ended */
  hold(credential: AccessCredential): { signal: AbortSignal | null; release(): void } {
    if (credential === null) return { signal: null, release() {} };
    const held: Held = { credential, ended: new AbortController() };
    this.#held.add(held);
    this.#checkLater();
    return { signal: held.ended.signal, release: () => void this.#held.delete(held) };
  }

  #checkLater(): void {
    this.#timer ??= setTimeout(() => void this.#check(), CHECK_EVERY_MS).unref();
  }

  async #check(): Promise<void> {
    try {
      if (this.#held.size > 0) await this.#endOthers();
    } catch {
      // The database is unavailable. The next check retries.
    } finally {
      this.#timer = undefined;
      if (this.#held.size > 0) this.#checkLater();
    }
  }

  async #endOthers(): Promise<void> {
    const checked = [...this.#held];
    const ids: PortAccessIds = { shares: [], previews: [], tokens: [] };
    for (const { credential } of checked) ids[credential.kind].push(credential.id);
    const live = await liveAccess(this.#deps.db, {
      shares: [...new Set(ids.shares)],
      previews: [...new Set(ids.previews)],
      tokens: [...new Set(ids.tokens)],
    });
    for (const held of checked) {
      if (live.has(held.credential.id)) continue;
      this.#held.delete(held);
      held.ended.abort();
    }
  }
}
