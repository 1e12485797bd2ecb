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
 *    everything on its own disk; `start` brings the same one back. `destroy` asks nobody: stop first where programs should
 *    finish what they write. What was written before either answers is seen by the next instance of the volume.
 * 5. **Unknown is not absent.** When the engine cannot be reached, `observe` and `list` say so (`unknown`, a thrown
 *    `backend_unavailable`); they never report absence they have not seen.
 * 6. **Erase is proved by a second look.** `erase` removes the bytes; `proveAbsent` asks the engine anew, through
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
 * Failures are `DomainError`s: `backend_unavailable` (retryable) for an engine that is away or busy;
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

/** Names one start of a workspace. All a caller needs to stop or destroy it. */
export interface IncarnationRef {
  readonly incarnationId: string;
  readonly workspaceId: string;
}

/** `workspace` runs the command; `browse` only serves the files of a volume whose workspace is stopped. */
export type InstancePurpose = "workspace" | "browse";

export interface InstanceSpec extends IncarnationRef {
  readonly generation: number;
  readonly purpose: InstancePurpose;
  /** Null: `/workspace` and `/configs` lie on the instance's own disk and end with it. */
  readonly volumeId: string | null;
  readonly image: string | null;
  /** For machines of their own; without it the backend takes what fits `limits`. */
  readonly instanceType?: string;
  /** Of the machine's own disk, where `/workspace` lies on it. */
  readonly diskGb?: number;
  readonly limits: {
    readonly cpus: number;
    readonly memoryMb: number;
    readonly pids: number;
    readonly readOnlyRoot: boolean;
  };
  /** What a machine that fetches its boot document proves itself with is made from this. Never leaves the control plane. */
  readonly enrolmentKey: string;
  /** What the daemon is told, less what only the backend knows: where to dial, the roots and the scratch folder. */
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
  /** The data volume it was made with; null when what it holds lies on its own disk. */
  volumeId: string | null;
  state: "running" | "stopped";
  createdAt: Date;
}

export interface ProvisionOptions {
  signal: AbortSignal;
  /** Called with a sentence on long work, e.g. an image pull with its percentage. */
  onProgress(message: string): void;
}

export interface InstanceBackend {
  /**
   * Makes the instance exist and run. Returns once it is started; that its daemon dials home is seen elsewhere.
   *
   * @throws DomainError `not_found` when `volumeId` names a volume that is not there: an empty one in its place would hide
   *   the loss. Create it first, and only for a workspace that never had one. The signal's reason when cancelled.
   */
  provision(spec: InstanceSpec, options: ProvisionOptions): Promise<void>;
  stop(ref: IncarnationRef): Promise<void>;
  /**
   * Starts a stopped instance again, with the daemon's token of this start. One that runs is left as it is.
   *
   * @throws DomainError `not_found` when the instance is absent.
   */
  start(ref: IncarnationRef, tunnelToken: string): Promise<void>;
  destroy(ref: IncarnationRef): Promise<void>;
  observe(ref: IncarnationRef): Promise<InstanceObservation>;
  /** Every instance of this installation. @throws DomainError `backend_unavailable` rather than a partial list. */
  list(): Promise<ListedInstance[]>;
  /** Of an instance that runs, stopped or never came up. @throws DomainError `not_found` when it is absent. */
  bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
}

export interface BootLog {
  text: string;
  truncated: boolean;
  source: "container_log" | "console_output" | "process_log";
}

/** The place where the volumes lie: a folder, an engine, an account. A random id in it tells it from every other one. */
export interface VolumeStore {
  /**
   * First contact: reads the id of the store, or gives it one. Call it only while no id has been recorded for it.
   *
   * @param knownVolumeIds volumes made before stores had ids
   * @throws DomainError `backend_unavailable` when the store is away, or lacks one of the known volumes: an unmounted disk
   *   must not become the store.
   */
  claim(knownVolumeIds: readonly string[]): Promise<string>;
  /** From now on every other call is refused while the store does not carry this id. */
  expect(storeId: string): void;
  /** @throws DomainError `backend_unavailable` that says what an operator does, while the store does not carry that id. */
  check(): Promise<void>;
}

export type VolumePresence = "present" | "absent" | "unknown";

export interface VolumeOptions {
  /** Where volumes have a size of their own. */
  readonly sizeGb?: number | undefined;
}

export interface VolumeObservation {
  /** `partial`: some of it is missing, so nothing is started on it. */
  presence: VolumePresence | "partial";
  /** Of a partial volume, in words for a person, e.g. `/workspace`. */
  missingParts: readonly string[];
  /** Why it is unknown, as a sentence. */
  reason: string | null;
}

/** A volume as the store shows it. */
export interface SurveyedVolume {
  missingParts: readonly string[];
  /** What was last written next to the data; null when there is nothing, or nothing that can be read. */
  manifest: VolumeManifest | null;
}

export interface VolumeBackend {
  /** Makes an empty volume, or leaves an existing one exactly as it is, whatever its size. */
  create(volumeId: string, options?: VolumeOptions): Promise<void>;
  observe(volumeId: string): Promise<VolumeObservation>;
  /**
   * Ids of every volume of this installation, whole or partial.
   *
   * @throws DomainError `backend_unavailable` rather than a partial list.
   */
  list(): Promise<string[]>;
  /** The same volumes with what is missing of each and its manifest. @throws like `list`. */
  survey(): Promise<ReadonlyMap<string, SurveyedVolume>>;
  /** Replaces what is written next to the data, whole or not at all. @throws DomainError `not_found` without the volume. */
  writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void>;
  /** Whether anything on the volume has changed since; null when the backend cannot tell without a machine. */
  changedSince(volumeId: string, since: Date): Promise<boolean | null>;
}

export interface EraseOptions {
  /** Ends the attempt half-way; the next one goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Takes how many entries have been removed so far, where the backend removes them one by one. */
  readonly progress?: ((entriesRemoved: number) => void) | undefined;
}

export interface VolumeEraser {
  /**
   * Removes every byte of the volume the order names. Done already counts as done.
   *
   * @throws DomainError `operation_in_progress` while an instance, running or stopped, still refers to the volume. Nothing
   *   is removed then, and `details.incarnationId` says which. `backend_unavailable` that names what cannot be removed.
   */
  erase(order: EraseOrder, options?: EraseOptions): Promise<void>;
  /** The second look, through another call than `erase` used. */
  proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }>;
}
