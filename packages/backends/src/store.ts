import { randomUUID } from "node:crypto";
import { type BackendKind, DomainError } from "@berth/domain";
import type { Backend, BackendHealth, VolumeStore } from "./backend.ts";
import { messageOf, unknownVolume } from "./problems.ts";

/** How a backend reads and writes the marker that identifies its store. */
export interface StoreMarker {
  /**
   * @param seenSince by `performance.now()`: the result must not be older. Without it, it may be a few seconds old.
   * @returns null when the store has no marker of this installation. @throws when the store is unreachable.
   */
  read(seenSince?: number): Promise<string | null>;
  /** Call it only for a store without a marker. A concurrent writer may be faster, so read the marker afterwards. */
  write(storeId: string): Promise<void>;
  /** True if the response that lists the volumes contains the marker too, so that it identifies its own store. */
  readonly isListedWithVolumes: boolean;
  /** Ids of the volumes in the store, whole or partial, regardless of its marker. */
  volumeIds(): Promise<readonly string[]>;
  /** As the subject of a sentence, e.g. `The Docker engine`. */
  readonly name: string;
  /** A sentence that tells an operator how to get the right store back. */
  readonly remedy: string;
}

const STORE_REASONS = ["store_unidentified", "store_swapped"] as const;

/** Whether a call was rejected because the store is not the one that Berth knows. */
export const isStoreProblem = (error: unknown): error is DomainError =>
  error instanceof DomainError && STORE_REASONS.some((reason) => reason === error.problem.details?.reason);

/** A backend without checks of its store. */
export type UncheckedBackend = Omit<Backend, "store">;

/**
 * Checks the identity of the store before and after every call whose result depends on it. With an unmounted disk,
 * another engine or another account, results become unknown instead of absent. The second check covers a store that
 * disappears during the call.
 */
export function checkStore(unchecked: UncheckedBackend, marker: StoreMarker): Backend {
  const { isListedWithVolumes } = marker;
  const store = new CheckedStore(unchecked.kind, marker);
  const { instances, volumes, eraser } = unchecked;
  return {
    ...unchecked,
    store,
    health: () => store.health(() => unchecked.health()),
    instances: {
      provision: (spec, options) => store.during(() => instances.provision(spec, options)),
      stop: (ref) => store.during(() => instances.stop(ref)),
      start: (ref, tunnelToken) => store.during(() => instances.start(ref, tunnelToken)),
      destroy: (ref) => store.during(() => instances.destroy(ref)),
      observe: (ref) =>
        store
          .verifying(() => instances.observe(ref))
          .catch((error: unknown) => ({ state: "unknown", reason: messageOf(error) })),
      list: () => store.verifying(() => instances.list()),
      // A boot log proves nothing about the store, so no check is needed.
      bootLog: (ref, tailBytes) => instances.bootLog(ref, tailBytes),
    },
    volumes: {
      create: (volumeId, options) => store.during(() => volumes.create(volumeId, options)),
      observe: (volumeId) => store.verifying(() => volumes.observe(volumeId), isListedWithVolumes).catch(unknownVolume),
      list: () => store.verifying(() => volumes.list(), isListedWithVolumes),
      survey: () => store.verifying(() => volumes.survey(), isListedWithVolumes),
      writeManifest: (volumeId, manifest) => store.during(() => volumes.writeManifest(volumeId, manifest)),
      changedSince: (volumeId, since) => store.during(() => volumes.changedSince(volumeId, since)),
    },
    eraser: {
      erase: (order, options) => store.during(() => eraser.erase(order, options)),
      proveAbsent: (order) =>
        store
          .verifying(() => eraser.proveAbsent(order))
          .catch((error: unknown) => ({ presence: "unknown", method: messageOf(error) })),
    },
  };
}

class CheckedStore implements VolumeStore {
  readonly #kind: BackendKind;
  readonly #marker: StoreMarker;
  #expected: string | null = null;

  constructor(kind: BackendKind, marker: StoreMarker) {
    this.#kind = kind;
    this.#marker = marker;
  }

  expect(storeId: string): void {
    this.#expected = storeId;
  }

  async claim(knownVolumeIds: readonly string[]): Promise<string> {
    const found = await this.#marker.read();
    const there = new Set(knownVolumeIds.length > 0 ? await this.#marker.volumeIds() : []);
    const absent = knownVolumeIds.filter((id) => !there.has(id));
    if (absent.length > 0) {
      throw this.#problem(
        "store_unidentified",
        `lacks ${absent.length} of the ${knownVolumeIds.length} data volumes that Berth knows`,
        found,
      );
    }
    if (found !== null) return found;
    await this.#marker.write(randomUUID());
    const written = await this.#marker.read();
    if (written === null) throw this.#problem("store_unidentified", "does not keep the marker that was written", null);
    return written;
  }

  async during<T>(call: () => Promise<T>): Promise<T> {
    await this.check();
    const result = await this.#explained(call);
    await this.check();
    return result;
  }

  /**
   * Like `during`, for calls that can report absence: the second check requires a marker that was read after the call,
   * or by the call itself.
   */
  async verifying<T>(call: () => Promise<T>, readsMarker = false): Promise<T> {
    const began = performance.now();
    await this.check();
    const result = await this.#explained(call);
    await this.check(readsMarker ? began : performance.now());
    return result;
  }

  /** "Not found" in another store says nothing about this one, so a problem of the store replaces that error. */
  async #explained<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof DomainError && error.problem.code === "not_found") await this.check(performance.now());
      throw error;
    }
  }

  async health(ofEngine: () => Promise<BackendHealth>): Promise<BackendHealth> {
    const health = await ofEngine();
    if (!health.healthy || this.#expected === null) return health;
    return this.check().then(
      () => health,
      (error: unknown) => ({ healthy: false, reason: messageOf(error) }),
    );
  }

  async check(seenSince?: number): Promise<void> {
    let found = await this.#marker.read(seenSince);
    // The marker may come from a cache, so it is read again before a problem is reported.
    if (found !== this.#expected && seenSince === undefined) found = await this.#marker.read(performance.now());
    if (this.#expected === null) throw this.#problem("store_unidentified", "has not been identified yet", found);
    if (found === null) throw this.#problem("store_unidentified", "has no marker of this installation", found);
    if (found !== this.#expected) throw this.#problem("store_swapped", "is not the one used before", found);
  }

  #problem(reason: (typeof STORE_REASONS)[number], what: string, found: string | null): DomainError {
    const { name, remedy } = this.#marker;
    const details = { reason, backend: this.#kind, expectedStoreId: this.#expected, foundStoreId: found };
    const message = `${name} ${what}. ${remedy} Until then nothing on it is started, erased or reported as absent.`;
    return new DomainError("backend_unavailable", message, { details });
  }
}
