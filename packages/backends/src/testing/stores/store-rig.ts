import type { Backend } from "../../backend.ts";
import type { TunnelBench } from "../tunnel-bench.ts";

/** Ends a condition: the store is as it was before. */
export type EndCondition = () => Promise<void>;

/** A backend whose store a test can really take away, exchange or change, and look into past the backend. */
export interface StoreRig extends AsyncDisposable {
  readonly backend: Backend;
  readonly tunnel: TunnelBench;
  /** The same backend as another start of the API opens it. */
  reopen(): Backend;
  /** Puts random bytes on a volume that no machine uses. */
  plant(volumeId: string): Promise<void>;
  /** A checksum of everything on a volume that no machine uses; null when it is not there. */
  checksum(volumeId: string): Promise<string | null>;
  /** The store is away, e.g. its disk is not mounted. */
  unmount(): Promise<EndCondition>;
  /** Another store of the same installation is in its place. */
  swap(): Promise<EndCondition>;
  /** The mark of the store is gone; the data is not. */
  unmark(): Promise<EndCondition>;
  /** Nothing in the store can be changed. */
  makeReadOnly(): Promise<EndCondition>;
  losePart(volumeId: string): Promise<EndCondition>;
  /** Copies the store. @returns what puts the copy in the store's place. */
  copy(): Promise<() => Promise<EndCondition>>;
}
