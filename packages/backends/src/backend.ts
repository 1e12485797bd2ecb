import type { BackendKind, Capabilities, DaemonBoot, EraseOrder, VolumeManifest } from "@berth/domain";

/**
 * # What a backend promises
 *
 * A backend runs *instances* and keeps *data volumes*. The two never meet in one call: what destroys an instance
 * takes an `IncarnationRef` and cannot name a volume; what erases a volume takes an `EraseOrder`, and only Postgres
 * makes those. The contract suite (`src/testing/contract.ts`) holds every backend to each sentence below.
 *
 * 1. **Idempotent.** Every call may be repeated after a crash, with the same result. Absent counts as destroyed and as
 *    stopped; present counts as provisioned, and is started if it is not running. Two concurrent `provision` calls for one
 *    incarnation give one instance, made from whichever spec came first: an incarnation's spec does not change.
 * 2. **Fenced.** Instances are named and labelled from the incarnation id alone, never from a workspace name. Destroying
 *    an older incarnation can never touch a newer one.
 * 3. **Destroy leaves volumes alone.** After `destroy`, every byte of the volume is there for the next incarnation.
 * 4. **Stop keeps, destroy does not.** `stop` asks the processes to end, gives them ten seconds, and keeps the instance with
 *    everything on its own disk; `start` brings the same one back. `destroy` does not ask: stop first where programs should
 *    finish what they write. What was written before either returns is seen by the next instance of the volume.
 * 5. **Unknown is not absent.** When the engine cannot be reached, `observe` and `list` say so (`unknown`, a thrown
 *    `backend_unavailable`); they never report absence they have not seen.
 * 6. **Erase is proved by a second check.** `erase` removes the bytes; `proveAbsent` asks the engine again, through
 *    another call than the one that erased.
 * 7. **Only ours.** Listings hold what carries this installation's id, and nothing else is ever touched.
 * 8. **Refuse, never approximate.** What `capabilities` denies throws `unsupported_by_backend`.
 * 9. **A store identifies itself.** Volumes lie in a store that carries an id. While the store has no id, or another one than
 *    expected, nothing on it is started, made, erased or reported as absent.
 * 10. **Half a volume is not a volume.** A missing part is named, and no instance starts on the rest.
 * 11. **A manifest lies next to the data.** It goes where the data goes, and users cannot reach it.
 * 12. **A token is for one start.** Each start hands the daemon a new token. Where `capabilities.isolation`, it is in no
 *    environment, argument or file that a program of the workspace can read; where the program is not root of a machine of its
 *    own, nor in memory.
 *
 * Failures are `DomainError`s: `backend_unavailable` (retryable) for an engine that is unreachable or busy;
 * `invalid_input` or `unsupported_by_backend` (not retryable) for what will never work, with a sentence saying what to do.
 */
export interface Backend {
  readonly kind: BackendKind;
  readonly capabilities: Capabilities;
  readonly instances: InstanceBackend;
  readonly volumes: VolumeBackend;
  readonly eraser: VolumeEraser;
  readonly store: VolumeStore;
  /** Cheap, never throws. */
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
  /** Only for backends with `capabilities.ownMachine`. By default the backend chooses a type that fits `limits`. */
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
  /** Why it is stopped or unknown, e.g. `exit code 137 (killed: out of memory)`. */
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
   * Creates the instance and starts it. Returns once it is started, before its daemon connects.
   *
   * @throws DomainError `not_found` when the volume `volumeId` is missing: an empty replacement would hide the loss.
   *   Create it first, and only for a workspace that never had one. Throws the signal's reason when cancelled.
   */
  provision(spec: InstanceSpec, options: ProvisionOptions): Promise<void>;
  stop(ref: IncarnationRef): Promise<void>;
  /**
   * Starts a stopped instance again with the daemon token of this start. Leaves a running instance as it is.
   *
   * @throws DomainError `not_found` when the instance is absent.
   */
  start(ref: IncarnationRef, tunnelToken: string): Promise<void>;
  destroy(ref: IncarnationRef): Promise<void>;
  observe(ref: IncarnationRef): Promise<InstanceObservation>;
  /** Every instance of this installation. @throws DomainError `backend_unavailable` rather than a partial list. */
  list(): Promise<ListedInstance[]>;
  /** Of an instance that runs, has stopped or failed to start. @throws DomainError `not_found` when it is absent. */
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
   * First contact: reads the id of the store, or writes a new one. Call it only while no id is recorded.
   *
   * @param knownVolumeIds volumes created before stores had ids
   * @throws DomainError `backend_unavailable` when the store is unreachable or lacks a known volume: an unmounted disk
   *   must not become the store.
   */
  claim(knownVolumeIds: readonly string[]): Promise<string>;
  /** From now on every other call fails while the store does not carry this id. */
  expect(storeId: string): void;
  /** @throws DomainError `backend_unavailable` with the operator's next step while the store does not carry that id. */
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

/** A volume as the store shows it. */
export interface SurveyedVolume {
  missingParts: readonly string[];
  /** The last manifest written next to the data; null when there is none or it is unreadable. */
  manifest: VolumeManifest | null;
}

export interface VolumeBackend {
  /** Creates an empty volume. Leaves an existing one unchanged, whatever its size. */
  create(volumeId: string, options?: VolumeOptions): Promise<void>;
  observe(volumeId: string): Promise<VolumeObservation>;
  /**
   * Ids of every volume of this installation, whole or partial.
   *
   * @throws DomainError `backend_unavailable` rather than a partial list.
   */
  list(): Promise<string[]>;
  /** The same volumes with their missing parts and manifests. @throws like `list`. */
  survey(): Promise<ReadonlyMap<string, SurveyedVolume>>;
  /** Replaces the manifest next to the data atomically. @throws DomainError `not_found` when the volume is absent. */
  writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void>;
  /** Whether anything on the volume has changed since; null when the backend cannot tell without an instance. */
  changedSince(volumeId: string, since: Date): Promise<boolean | null>;
}

export interface EraseOptions {
  /** Ends the attempt early; the next one continues. */
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
