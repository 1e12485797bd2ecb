import { setTimeout as pause } from "node:timers/promises";
import { unavailable } from "../problems.ts";
import type { MemoryVolumes } from "./volumes.ts";

/** Faults that tests inject. Each fault affects one call, except `delayProvision` and `setReachable`. */
export class MemoryFaults {
  #failures: unknown[] = [];
  #lostResponses = 0;
  #hangs = 0;
  #delayMs = 0;
  #reachable = true;
  #kill: (incarnationId: string) => Promise<void> = async () => {};
  #volumes: MemoryVolumes | null = null;

  /** The next calls of `provision` reject with these errors, one each, before anything is created. */
  failProvision(...errors: unknown[]): void {
    this.#failures.push(...errors);
  }

  /**
   * The next `times` calls of `provision` create the instance and then reject, like a connection that breaks after the
   * request.
   */
  loseProvisionResponse(times = 1): void {
    this.#lostResponses += times;
  }

  /** The next `times` calls of `provision` hang until their signal is aborted. */
  hangProvision(times = 1): void {
    this.#hangs += times;
  }

  /** The number of hangs that have not affected a call yet. */
  get hangsAhead(): number {
    return this.#hangs;
  }

  /** Every later call of `provision` first waits this long. */
  delayProvision(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** While false, `observe` reports unknown and everything else rejects with `backend_unavailable`. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
  }

  /** Ends an instance without a stop request. Its data stays. */
  kill(incarnationId: string): Promise<void> {
    return this.#kill(incarnationId);
  }

  /** Removes a volume without an erase order. */
  async loseVolume(volumeId: string): Promise<void> {
    await this.#volumes?.remove(volumeId);
  }

  async losePart(volumeId: string, part: "workspace" | "configs"): Promise<void> {
    await this.#volumes?.removePart(volumeId, part);
  }

  loseManifest(volumeId: string): void {
    this.#volumes?.removeManifest(volumeId);
  }

  /** Path of a part of a volume on this disk. */
  partOf(volumeId: string, part: "workspace" | "configs"): string {
    return this.#volumes?.parts(volumeId)[part] ?? "";
  }

  /** Replaces the store with another one that has the same volumes; null: one without an id. */
  setStoreId(storeId: string | null): void {
    if (this.#volumes) this.#volumes.storeId = storeId;
  }

  /** @internal */
  onVolumes(volumes: MemoryVolumes): void {
    this.#volumes = volumes;
  }

  /** @internal */
  onKill(kill: (incarnationId: string) => Promise<void>): void {
    this.#kill = kill;
  }

  /** @internal */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** @internal */
  assertReachable(): void {
    if (!this.#reachable) throw unavailable("The memory backend was made unavailable.");
  }

  /** @internal */
  async beforeProvision(signal: AbortSignal): Promise<void> {
    this.assertReachable();
    if (this.#delayMs > 0) await pause(this.#delayMs, undefined, { signal });
    if (this.#hangs > 0) {
      this.#hangs -= 1;
      await untilAborted(signal);
    }
    if (this.#failures.length > 0) throw this.#failures.shift();
  }

  /** @internal */
  afterProvision(): void {
    if (this.#lostResponses === 0) return;
    this.#lostResponses -= 1;
    throw unavailable("The response of the memory backend was lost.");
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
