import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { EraseOrder } from "@berth/domain";
import type { VolumeBackend, VolumeEraser, VolumePresence } from "../backend.ts";
import { assertId } from "../ids.ts";
import { volumeInUse } from "../problems.ts";
import type { MemoryFaults } from "./faults.ts";

const MEMORY_STORE_ID = "00000000-0000-4000-8000-000000000001";

export class MemoryVolumes implements VolumeBackend {
  readonly folder: string;
  readonly #faults: MemoryFaults;
  readonly #ids = new Set<string>();

  constructor(folder: string, faults: MemoryFaults) {
    this.folder = folder;
    this.#faults = faults;
  }

  /** Volumes end with the process, so a new process is the same store with nothing in it: its volumes are missing. */
  storeId: string | null = MEMORY_STORE_ID;

  has(volumeId: string): boolean {
    return this.#ids.has(volumeId);
  }

  parts(volumeId: string): { workspace: string; configs: string } {
    const at = path.join(this.folder, assertId(volumeId, "volume id"));
    return { workspace: path.join(at, "workspace"), configs: path.join(at, "configs") };
  }

  async create(volumeId: string): Promise<void> {
    this.#faults.assertReachable();
    await Promise.all(Object.values(this.parts(volumeId)).map((part) => mkdir(part, { recursive: true })));
    this.#ids.add(volumeId);
  }

  async observe(volumeId: string): Promise<VolumePresence> {
    if (!this.#faults.reachable) return "unknown";
    return this.#ids.has(volumeId) ? "present" : "absent";
  }

  async list(): Promise<string[]> {
    this.#faults.assertReachable();
    return [...this.#ids];
  }

  async remove(volumeId: string): Promise<void> {
    await rm(path.join(this.folder, assertId(volumeId, "volume id")), { recursive: true, force: true });
    this.#ids.delete(volumeId);
  }
}

export class MemoryEraser implements VolumeEraser {
  readonly #volumes: MemoryVolumes;
  readonly #faults: MemoryFaults;
  readonly #holderOf: (volumeId: string) => string | null;

  constructor(volumes: MemoryVolumes, faults: MemoryFaults, holderOf: (volumeId: string) => string | null) {
    this.#volumes = volumes;
    this.#faults = faults;
    this.#holderOf = holderOf;
  }

  async erase(order: EraseOrder): Promise<void> {
    this.#faults.assertReachable();
    const holder = this.#holderOf(order.volumeId);
    if (holder !== null) throw volumeInUse(holder);
    await this.#volumes.remove(order.volumeId);
  }

  /** Looks on the disk, where erasing went by the list in memory. */
  async proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    const method = "names listed in the memory backend's scratch folder";
    if (!this.#faults.reachable) return { presence: "unknown", method };
    const names = existsSync(this.#volumes.folder) ? await readdir(this.#volumes.folder) : [];
    return { presence: names.includes(order.volumeId) ? "present" : "absent", method };
  }
}
