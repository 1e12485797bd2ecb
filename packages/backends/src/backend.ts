import type { BackendKind, Capabilities, DaemonBoot, EraseOrder, VolumeManifest } from "@berth/domain";

/**
 * # What a backend promises
 *
 * A backend runs *instances* and keeps *data volumes*. No call handles both: calls that destroy an instance take
 * an `IncarnationRef` and cannot name a volume; calls that erase a volume take an `EraseOrder`, which always has a row
 * in Postgres. The contract suite (`src/testing/contract.ts`) tests every sentence below on every backend.
 *
 * 1. **Idempotent.** Every call can be repeated after a crash, with the same result. An absent instance counts as
 *    destroyed and as stopped. An existing one counts as provisioned, and is started if it is not running. Two concurrent
 *    `provision` calls for one incarnation create one instance, from the first spec: the spec of an incarnation does not
 *    change.
 * 2. **Fenced.** Names and labels of instances are derived from the incarnation id alone, never from a workspace name.
 *    Destroying an older incarnation never affects a newer one.
 * 3. **Destroy leaves volumes alone.** After `destroy`, the next incarnation finds every byte of the volume.
 * 4. **Stop keeps, destroy does not.** `stop` asks the processes to end, waits up to ten seconds, and keeps the instance
 *    with everything on its own disk; `start` starts the same instance again. `destroy` does not ask, so stop first if
 *    programs should finish their writes. The next instance of the volume sees everything written before either call
 *    returns.
 * 5. **Unknown is not absent.** When the engine is unreachable, `observe` returns `unknown` and `list` throws
 *    `backend_unavailable`. Neither reports anything as absent without having checked.
 * 6. **Erase is proved by a second check.** `erase` removes the bytes. `proveAbsent` asks the engine again, with a
 *    different call than `erase` uses.
 * 7. **Only ours.** Listings contain only what has this installation's id, and nothing else is ever changed.
 * 8. **Refuse, never approximate.** Everything that `capabilities` excludes throws `unsupported_by_backend`.
 * 9. **A store identifies itself.** Volumes are in a store that has an id. While the store has no id or a different one
 *    than expected, nothing on it is started, created, erased or reported as absent.
 * 10. **Half a volume is not a volume.** A missing part is reported by name, and no instance starts on the rest.
 * 11. **A manifest is next to the data.** It moves with the data, and users cannot reach it.
 * 12. **A token is for one start.** Each start gives the daemon a new token. With `capabilities.isolation`, programs of
 *     the workspace cannot read it from environments, arguments or files, nor from memory unless they are root on their
 *     own machine.
 *
 * Failures are `DomainError`s: `backend_unavailable` (retryable) for an engine that is unreachable or busy;
 * `invalid_input` or `unsupported_by_backend` (not retryable) for what can never work, with a sentence that says what
 * to do.
 */
export interface Backend {
  readonly kind: BackendKind;
  readonly capabilities: Capabilities;
  readonly instances: InstanceBackend;
  readonly volumes: VolumeBackend;
  readonly eraser: VolumeEraser;
  readonly store: VolumeStore;
  /** Cheap. Never throws. */
  health(): Promise<BackendHealth>;
  /** Whether every workspace here finds this program on its PATH. Null: it depends on the image. */
  hasProgram(name: string): Promise<boolean | null>;
  /** Releases connections of this process. Instances keep running. */
  close(): Promise<void>;
}

export interface BackendHealth {
  healthy: boolean;
  /** A sentence with the next step; null when healthy. */
  reason: string | null;
}

/** Identifies one start of a workspace. It is enough to stop or destroy the instance. */
export interface IncarnationRef {
  readonly incarnationId: string;
  readonly workspaceId: string;
}

/** `workspace` runs the command; `browse` only serves the files of a volume whose workspace is stopped. */
export type InstancePurpose = "workspace" | "browse";

export interface InstanceSpec extends IncarnationRef {
  readonly generation: number;
  readonly purpose: InstancePurpose;
  /** Null: `/workspace` and `/configs` are on the instance's own disk and are deleted with it. */
  readonly volumeId: string | null;
  readonly image: string | null;
  /** Only for backends with `capabilities.ownMachine`. By default, the smallest type that fits `limits`. */
  readonly instanceType?: string;
  /** Size of the instance's own disk when `/workspace` is on it. */
  readonly diskGb?: number;
  readonly limits: {
    readonly cpus: number;
    readonly memoryMb: number;
    readonly pids: number;
    readonly readOnlyRoot: boolean;
  };
  /** The enrolment token of an instance is derived from this key. The key never leaves the control plane. */
  readonly enrolmentKey: string;
  /** The boot document without the fields that only the backend knows: tunnel address, roots and state directory. */
  readonly boot: Omit<DaemonBoot, "tunnelUrl" | "roots" | "stateDirectory">;
}

export type InstanceState = "running" | "stopped" | "absent" | "unknown";

export interface InstanceObservation {
  state: InstanceState;
  /** The reason why it is stopped or unknown, e.g. `exit code 137 (killed: out of memory)`. */
  reason: string | null;
}

export interface ListedInstance extends IncarnationRef {
  generation: number;
  purpose: InstancePurpose;
  /** The data volume it was created with; null when its data is on its own disk. */
  volumeId: string | null;
  state: "running" | "stopped";
  createdAt: Date;
}

export interface ProvisionOptions {
  signal: AbortSignal;
  /** Called with a sentence during long work, e.g. an image pull with its percentage. */
  onProgress(message: string): void;
}

export interface InstanceBackend {
  /**
   * Creates the instance and starts it. Returns once it has started, before its daemon connects.
   *
   * @throws DomainError `not_found` when the volume `volumeId` is missing: an empty replacement would hide the loss.
   * Create it first, but only for a workspace that never had one. Throws the signal's reason when cancelled.
   */
  provision(spec: InstanceSpec, options: ProvisionOptions): Promise<void>;
  stop(ref: IncarnationRef): Promise<void>;
  /**
   * Starts a stopped instance again, with the daemon token of this start. Leaves a running instance unchanged.
   *
   * @throws DomainError `not_found` when the instance is absent.
   */
  start(ref: IncarnationRef, tunnelToken: string): Promise<void>;
  destroy(ref: IncarnationRef): Promise<void>;
  observe(ref: IncarnationRef): Promise<InstanceObservation>;
  /**
   * Every instance of this installation. @throws DomainError `backend_unavailable` instead of returning a partial list.
   */
  list(): Promise<ListedInstance[]>;
  /** For an instance that is running, stopped or failed to start. @throws DomainError `not_found` when it is absent. */
  bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
}

export interface BootLog {
  text: string;
  truncated: boolean;
  source: "container_log" | "console_output" | "process_log";
}

/** The place that holds the volumes: a directory, an engine, an account and region. A random id identifies it. */
export interface VolumeStore {
  /**
   * Reads the id of the store at first contact, or writes a new one. Call it only while no id is recorded.
   *
   * @param knownVolumeIds volumes created before stores had ids
   * @throws DomainError `backend_unavailable` when the store is unreachable or lacks a known volume: an unmounted disk
   *   must not become the store.
   */
  claim(knownVolumeIds: readonly string[]): Promise<string>;
  /** From now on, every other call fails while the store does not have this id. */
  expect(storeId: string): void;
  /** @throws DomainError `backend_unavailable` with the operator's next step while the store does not have that id. */
  check(): Promise<void>;
}

export type VolumePresence = "present" | "absent" | "unknown";

export interface VolumeOptions {
  /** For backends whose volumes have a size. */
  readonly sizeGb?: number | undefined;
}

export interface VolumeObservation {
  /** `partial`: a part is missing, so no instance starts on it. */
  presence: VolumePresence | "partial";
  /** Missing parts of a partial volume in words for users, e.g. `/workspace`. */
  missingParts: readonly string[];
  /** Why it is unknown, as a sentence. */
  reason: string | null;
}

/** A volume as listed by the store. */
export interface SurveyedVolume {
  missingParts: readonly string[];
  /** The last manifest written next to the data; null when there is none or it is unreadable. */
  manifest: VolumeManifest | null;
}

export interface VolumeBackend {
  /** Creates an empty volume. Leaves an existing one unchanged, regardless of its size. */
  create(volumeId: string, options?: VolumeOptions): Promise<void>;
  observe(volumeId: string): Promise<VolumeObservation>;
  /**
   * Ids of every volume of this installation, whole or partial.
   *
   * @throws DomainError `backend_unavailable` instead of returning a partial list.
   */
  list(): Promise<string[]>;
  /** The same volumes with their missing parts and manifests. @throws like `list`. */
  survey(): Promise<ReadonlyMap<string, SurveyedVolume>>;
  /** Replaces the manifest next to the data atomically. @throws DomainError `not_found` when the volume is absent. */
  writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void>;
  /** Whether anything on the volume has changed since then; null when the backend cannot tell without an instance. */
  changedSince(volumeId: string, since: Date): Promise<boolean | null>;
}

export interface EraseOptions {
  /** Aborts the attempt; the next one continues it. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of entries removed so far, for backends that remove them one by one. */
  readonly progress?: ((entriesRemoved: number) => void) | undefined;
}

export interface VolumeEraser {
  /**
   * Removes every byte of the volume that the order names. An absent volume counts as erased.
   *
   * @throws DomainError `operation_in_progress` while an instance, running or stopped, still refers to the volume:
   *   nothing is removed, and `details.incarnationId` names the instance. `backend_unavailable` names what cannot be
   *   removed.
   */
  erase(order: EraseOrder, options?: EraseOptions): Promise<void>;
  /** Verifies the erasure through a different call than `erase` uses. */
  proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }>;
}
