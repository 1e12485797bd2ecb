import type { Backend } from "../../backend.ts";
import type { TunnelHarness } from "../tunnel-harness.ts";

/** Ends the condition and restores the store. */
export type EndCondition = () => Promise<void>;

/** A backend whose store a test can remove, replace or change for real, and inspect without the backend. */
export interface TestStore extends AsyncDisposable {
  readonly backend: Backend;
  readonly tunnel: TunnelHarness;
  /** The same backend, opened again like at another start of the API. */
  reopen(): Backend;
  /** Writes random bytes to a volume that no instance uses. */
  plant(volumeId: string): Promise<void>;
  /** A checksum of everything on a volume that no instance uses; null when the volume is absent. */
  checksum(volumeId: string): Promise<string | null>;
  /** Makes the store unavailable, e.g. by unmounting its disk. */
  unmount(): Promise<EndCondition>;
  /** Replaces the store with another one of the same installation. */
  swap(): Promise<EndCondition>;
  /** Removes the store marker but keeps the data. */
  unmark(): Promise<EndCondition>;
  /** Makes the store read-only. */
  makeReadOnly(): Promise<EndCondition>;
  losePart(volumeId: string): Promise<EndCondition>;
  /** Copies the store. @returns a function that puts the copy in the store's place. */
  copy(): Promise<() => Promise<EndCondition>>;
}
