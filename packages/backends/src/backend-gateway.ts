import { type BackendKind, type Capabilities, DomainError, type EraseOrder, type VolumeManifest } from "@berth/domain";
import type {
  Backend,
  BackendHealth,
  BootLog,
  EraseOptions,
  IncarnationRef,
  InstanceObservation,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
  SurveyedVolume,
  VolumeObservation,
  VolumeOptions,
  VolumePresence,
  VolumeStore,
} from "./backend.ts";
import type { BackendLogRecord } from "./options.ts";
import { type SealedBackend, unsealBackend } from "./sealed-backend.ts";

/** Read access to the backends. No method changes an instance or a volume. */
export interface BackendReader {
  /** In order of preference. The first one is the default. */
  readonly kinds: readonly BackendKind[];
  capabilities(kind: BackendKind): Capabilities;
  health(kind: BackendKind): Promise<BackendHealth>;
  /** @throws DomainError `backend_unavailable` while the store is not the one that Berth knows. */
  checkStore(kind: BackendKind): Promise<void>;
  /** Whether every workspace on this backend has the program on its PATH; null when that depends on the image. */
  hasProgram(kind: BackendKind, name: string): Promise<boolean | null>;
  observe(kind: BackendKind, ref: IncarnationRef): Promise<InstanceObservation>;
  list(kind: BackendKind): Promise<ListedInstance[]>;
  bootLog(kind: BackendKind, ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
  observeVolume(kind: BackendKind, volumeId: string): Promise<VolumeObservation>;
  listVolumes(kind: BackendKind): Promise<string[]>;
  surveyVolumes(kind: BackendKind): Promise<ReadonlyMap<string, SurveyedVolume>>;
  volumeChangedSince(kind: BackendKind, volumeId: string, since: Date): Promise<boolean | null>;
}

/**
 * The only way to change an instance or erase data. Only the reconciler has it. It requires sealed backends, which
 * nothing else can use, so code that bypasses it does not compile.
 */
export interface BackendGateway extends BackendReader {
  provision(kind: BackendKind, spec: InstanceSpec, options: ProvisionOptions): Promise<void>;
  stop(kind: BackendKind, ref: IncarnationRef): Promise<void>;
  start(kind: BackendKind, ref: IncarnationRef, tunnelToken: string): Promise<void>;
  destroy(kind: BackendKind, ref: IncarnationRef): Promise<void>;
  createVolume(kind: BackendKind, volumeId: string, options?: VolumeOptions): Promise<void>;
  writeManifest(kind: BackendKind, volumeId: string, manifest: VolumeManifest): Promise<void>;
  /** The only way to erase. It requires an order. */
  erase(kind: BackendKind, order: EraseOrder, options?: EraseOptions): Promise<void>;
  proveAbsent(kind: BackendKind, order: EraseOrder): Promise<{ presence: VolumePresence; method: string }>;
  /** Releases the connections of this process. Instances keep running. */
  close(): Promise<void>;
}

/**
 * Passes the recorded id to the store (`VolumeStore.expect`). The gateway calls it before every call, so it must cache.
 */
export type IdentifyStore = (kind: BackendKind, store: VolumeStore) => Promise<void>;

/** @param sealed in order of preference; the first is the default. */
export function openBackendGateway(
  sealed: readonly SealedBackend[],
  log: (record: BackendLogRecord) => void,
  identifyStore: IdentifyStore,
): BackendGateway {
  const backends = new Map(sealed.map(unsealBackend).map((backend) => [backend.kind, backend]));
  const at = (kind: BackendKind): Backend => requireBackend(backends, kind);
  /** Identifies the store first, so that no result comes from the wrong one. */
  const inStore = async (kind: BackendKind): Promise<Backend> => {
    const backend = at(kind);
    await identifyStore(kind, backend.store);
    return backend;
  };

  return {
    kinds: [...backends.keys()],
    capabilities: (kind) => at(kind).capabilities,
    health: (kind) => at(kind).health(),
    checkStore: async (kind) => (await inStore(kind)).store.check(),
    hasProgram: (kind, name) => at(kind).hasProgram(name),
    observe: async (kind, ref) => (await inStore(kind)).instances.observe(ref),
    list: async (kind) => (await inStore(kind)).instances.list(),
    async bootLog(kind, ref, tailBytes) {
      if (!at(kind).capabilities.bootLog) throw unsupported(kind, "a boot log");
      return at(kind).instances.bootLog(ref, tailBytes);
    },
    observeVolume: async (kind, volumeId) => (await inStore(kind)).volumes.observe(volumeId),
    listVolumes: async (kind) => (await inStore(kind)).volumes.list(),
    surveyVolumes: async (kind) => (await inStore(kind)).volumes.survey(),
    volumeChangedSince: async (kind, volumeId, since) => (await inStore(kind)).volumes.changedSince(volumeId, since),

    async provision(kind, spec, options) {
      const { workspaceId, incarnationId, generation, purpose } = spec;
      log({ evt: "provision.start", backend: kind, workspaceId, incarnationId, generation, purpose });
      await (await inStore(kind)).instances.provision(spec, options);
    },
    async stop(kind, ref) {
      if (!at(kind).capabilities.pause) throw unsupported(kind, "pause");
      await (await inStore(kind)).instances.stop(ref);
    },
    start: async (kind, ref, tunnelToken) => (await inStore(kind)).instances.start(ref, tunnelToken),
    destroy: async (kind, ref) => (await inStore(kind)).instances.destroy(ref),
    createVolume: async (kind, volumeId, options) => (await inStore(kind)).volumes.create(volumeId, options),
    writeManifest: async (kind, volumeId, manifest) => (await inStore(kind)).volumes.writeManifest(volumeId, manifest),
    erase: async (kind, order, options) => (await inStore(kind)).eraser.erase(order, options),
    proveAbsent: async (kind, order) => (await inStore(kind)).eraser.proveAbsent(order),
    async close() {
      await Promise.all([...backends.values()].map((backend) => backend.close()));
    },
  };
}

function requireBackend(backends: ReadonlyMap<BackendKind, Backend>, kind: BackendKind): Backend {
  const backend = backends.get(kind);
  if (backend) return backend;
  const enabled = [...backends.keys()].join(", ") || "none";
  throw new DomainError(
    "backend_unavailable",
    `The ${kind} backend is not enabled here (enabled: ${enabled}). Add it to BERTH_BACKENDS and start again.`,
    { retryable: false, details: { backend: kind, enabled: [...backends.keys()] } },
  );
}

const unsupported = (kind: BackendKind, what: string): DomainError =>
  new DomainError("unsupported_by_backend", `The ${kind} backend does not support ${what}.`, {
    details: { backend: kind },
  });
