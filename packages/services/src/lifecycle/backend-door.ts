import type {
  Backend,
  BootLog,
  IncarnationRef,
  InstanceObservation,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
  VolumeOptions,
  VolumePresence,
} from "@berth/backends";
import type { BackendKind, EraseOrder } from "@berth/domain";
import { requireBackend, unsupported } from "../backends/catalog.ts";
import type { Log } from "../log.ts";

/**
 * The one door to the machines: what provisions, stops, destroys or erases goes through here and through nothing else.
 * Only the reconciler holds it. A build check fails when a call site goes round it.
 */
export interface BackendDoor {
  provision(kind: BackendKind, spec: InstanceSpec, options: ProvisionOptions): Promise<void>;
  stop(kind: BackendKind, ref: IncarnationRef): Promise<void>;
  start(kind: BackendKind, ref: IncarnationRef): Promise<void>;
  destroy(kind: BackendKind, ref: IncarnationRef): Promise<void>;
  observe(kind: BackendKind, ref: IncarnationRef): Promise<InstanceObservation>;
  list(kind: BackendKind): Promise<ListedInstance[]>;
  bootLog(kind: BackendKind, ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
  createVolume(kind: BackendKind, volumeId: string, options?: VolumeOptions): Promise<void>;
  observeVolume(kind: BackendKind, volumeId: string): Promise<VolumePresence>;
  listVolumes(kind: BackendKind): Promise<string[]>;
  /** Takes an order and nothing else: there is no other way to erase. */
  erase(kind: BackendKind, order: EraseOrder): Promise<void>;
  proveAbsent(kind: BackendKind, order: EraseOrder): Promise<{ presence: VolumePresence; method: string }>;
}

export function openBackendDoor(backends: readonly Backend[], log: Log): BackendDoor {
  const byKind = new Map(backends.map((backend) => [backend.kind, backend]));
  const at = (kind: BackendKind): Backend => requireBackend(byKind, kind);

  return {
    provision(kind, spec, options) {
      const { workspaceId, incarnationId, generation, purpose } = spec;
      log("info", { evt: "provision.start", backend: kind, workspaceId, incarnationId, generation, purpose });
      return at(kind).instances.provision(spec, options);
    },
    async stop(kind, ref) {
      if (!at(kind).capabilities.pause) throw unsupported(kind, "pause");
      await at(kind).instances.stop(ref);
    },
    start: (kind, ref) => at(kind).instances.start(ref),
    destroy: (kind, ref) => at(kind).instances.destroy(ref),
    observe: (kind, ref) => at(kind).instances.observe(ref),
    list: (kind) => at(kind).instances.list(),
    bootLog: (kind, ref, tailBytes) => at(kind).instances.bootLog(ref, tailBytes),
    createVolume: (kind, volumeId, options) => at(kind).volumes.create(volumeId, options),
    observeVolume: (kind, volumeId) => at(kind).volumes.observe(volumeId),
    listVolumes: (kind) => at(kind).volumes.list(),
    erase: (kind, order) => at(kind).eraser.erase(order),
    proveAbsent: (kind, order) => at(kind).eraser.proveAbsent(order),
  };
}
