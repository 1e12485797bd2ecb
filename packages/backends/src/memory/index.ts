import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Capabilities } from "@berth/domain";
import type { Backend } from "../backend.ts";
import { checkStore, type StoreMarker } from "../store.ts";
import { MemoryFaults } from "./faults.ts";
import { MemoryInstances, type StartDaemon } from "./instances.ts";
import { MemoryEraser, MemoryVolumes } from "./volumes.ts";

export interface MemoryBackendOptions {
  /** The unix socket of the tunnel. */
  readonly tunnel: { readonly socketPath: string };
  readonly startDaemon: StartDaemon;
}

export interface MemoryBackend extends Backend {
  readonly faults: MemoryFaults;
}

export const MEMORY_CAPABILITIES: Capabilities = {
  isolation: false,
  resourceLimits: false,
  ownMachine: false,
  pause: true,
  browseStopped: true,
  homeSnapshot: false,
  images: false,
  bootLog: true,
};

/**
 * For tests and demos: daemons run inside this process, on a scratch folder. It keeps every promise of a backend
 * except one: its instances AND ITS VOLUMES END WITH THE PROCESS, or with `close`.
 */
export function createMemoryBackend({ tunnel, startDaemon }: MemoryBackendOptions): MemoryBackend {
  const scratch = mkdtempSync(path.join(tmpdir(), "berth-memory-"));
  const faults = new MemoryFaults();
  const volumes = new MemoryVolumes(path.join(scratch, "volumes"), faults);
  faults.onVolumes(volumes);
  const where = { folder: path.join(scratch, "instances"), socketPath: tunnel.socketPath, startDaemon };
  const instances = new MemoryInstances(where, { volumes, faults });
  const unchecked = {
    kind: "memory" as const,
    capabilities: MEMORY_CAPABILITIES,
    instances,
    volumes,
    eraser: new MemoryEraser(volumes, faults, (volumeId) => instances.holderOf(volumeId)),
    hasProgram: async () => null,
    health: async () => ({ healthy: faults.reachable, reason: faults.reachable ? null : "It was made unavailable." }),
    close: async () => {
      await instances.closeAll();
      await rm(scratch, { recursive: true, force: true });
    },
  };
  return { ...checkStore(unchecked, memoryStoreMarker(volumes, faults)), faults };
}

const memoryStoreMarker = (volumes: MemoryVolumes, faults: MemoryFaults): StoreMarker => ({
  name: "The store of the memory backend",
  remedy: "Restore the right one.",
  isListedWithVolumes: false,
  async read() {
    faults.assertReachable();
    return volumes.storeId;
  },
  async write(storeId) {
    volumes.storeId = storeId;
  },
  volumeIds: () => volumes.list(),
});
