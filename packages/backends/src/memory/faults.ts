import { setTimeout as pause } from "node:timers/promises";
import { unavailable } from "../problems.ts";
import type { MemoryVolumes } from "./volumes.ts";

/** What tests can make go wrong. Every fault is used up by the calls it hits, but for `setReachable`. */
export class MemoryFaults {
  #failures: unknown[] = [];
  #lostAnswers = 0;
  #hangs = 0;
  #delayMs = 0;
  #reachable = true;
  #kill: (incarnationId: string) => Promise<void> = async () => {};
  #volumes: MemoryVolumes | null = null;

  /** The next calls of `provision` reject with these, one each, before anything is made. */
  failProvision(...errors: unknown[]): void {
    this.#failures.push(...errors);
  }

  /** The next `times` calls of `provision` make the instance and then reject, as when the connection breaks too late. */
  loseProvisionAnswer(times = 1): void {
    this.#lostAnswers += times;
  }

  /** The next `times` calls of `provision` do nothing until their signal is aborted. */
  hangProvision(times = 1): void {
    this.#hangs += times;
  }

  /** How many of them have not come yet. */
  get hangsAhead(): number {
    return this.#hangs;
  }

  /** Every later call of `provision` first waits this long. */
  delayProvision(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** While false, the engine answers nobody: `observe` says unknown, everything else rejects with `backend_unavailable`. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
  }

  /** Ends an instance that nobody asked to stop. What it holds stays. */
  kill(incarnationId: string): Promise<void> {
    return this.#kill(incarnationId);
  }

  /** Takes a volume away behind the backend's back. */
  async loseVolume(volumeId: string): Promise<void> {
    await this.#volumes?.remove(volumeId);
  }

  async losePart(volumeId: string, part: "workspace" | "configs"): Promise<void> {
    await this.#volumes?.removePart(volumeId, part);
  }

  loseManifest(volumeId: string): void {
    this.#volumes?.removeManifest(volumeId);
  }

  /** Where a part of a volume lies on this disk. */
  partOf(volumeId: string, part: "workspace" | "configs"): string {
    return this.#volumes?.parts(volumeId)[part] ?? "";
  }

  /** Puts another store in the place of this one, with the same volumes; null: one that says nothing of itself. */
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
    if (!this.#reachable) throw unavailable("The memory backend was told to be away.");
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
    if (this.#lostAnswers === 0) return;
    this.#lostAnswers -= 1;
    throw unavailable("The answer of the memory backend was lost.");
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
