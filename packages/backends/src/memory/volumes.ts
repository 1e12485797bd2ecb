import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { EraseOrder, VolumeManifest } from "@berth/domain";
import type { SurveyedVolume, VolumeBackend, VolumeEraser, VolumeObservation, VolumePresence } from "../backend.ts";
import { assertId } from "../ids.ts";
import { hasChangedSince } from "../local/files.ts";
import { unknownVolume, volumeInUse, volumeNotFound } from "../problems.ts";
import type { MemoryFaults } from "./faults.ts";

const MEMORY_STORE_ID = "00000000-0000-4000-8000-000000000001";

export class MemoryVolumes implements VolumeBackend {
  readonly folder: string;
  readonly #faults: MemoryFaults;
  readonly #ids = new Set<string>();
  readonly #manifests = new Map<string, VolumeManifest>();

  constructor(folder: string, faults: MemoryFaults) {
    this.folder = folder;
    this.#faults = faults;
  }

  /** Volumes end with the process. A new process has the same store without volumes, so they are missing. */
  storeId: string | null = MEMORY_STORE_ID;

  isWhole(volumeId: string): boolean {
    return this.#ids.has(volumeId) && this.#missingParts(volumeId).length === 0;
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

  async observe(volumeId: string): Promise<VolumeObservation> {
    if (!this.#faults.reachable) return unknownVolume(new Error("The memory backend was made unavailable."));
    if (!this.#ids.has(volumeId)) return { presence: "absent", missingParts: [], reason: null };
    const missingParts = this.#missingParts(volumeId);
    return { presence: missingParts.length === 0 ? "present" : "partial", missingParts, reason: null };
  }

  #missingParts(volumeId: string): string[] {
    const { workspace, configs } = this.parts(volumeId);
    return [...(existsSync(workspace) ? [] : ["/workspace"]), ...(existsSync(configs) ? [] : ["/configs"])];
  }

  async survey(): Promise<ReadonlyMap<string, SurveyedVolume>> {
    this.#faults.assertReachable();
    const surveyed = [...this.#ids].map((id): [string, SurveyedVolume] => [
      id,
      { missingParts: this.#missingParts(id), manifest: this.#manifests.get(id) ?? null },
    ]);
    return new Map(surveyed);
  }

  async writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void> {
    this.#faults.assertReachable();
    if (!this.#ids.has(volumeId)) throw volumeNotFound();
    this.#manifests.set(volumeId, { ...manifest });
  }

  async changedSince(volumeId: string, since: Date): Promise<boolean> {
    for (const part of Object.values(this.parts(volumeId))) if (await hasChangedSince(part, since)) return true;
    return false;
  }

  async list(): Promise<string[]> {
    this.#faults.assertReachable();
    return [...this.#ids];
  }

  async remove(volumeId: string): Promise<void> {
    await rm(path.join(this.folder, assertId(volumeId, "volume id")), { recursive: true, force: true });
    this.#ids.delete(volumeId);
    this.#manifests.delete(volumeId);
  }

  removeManifest(volumeId: string): void {
    this.#manifests.delete(volumeId);
  }

  async removePart(volumeId: string, part: "workspace" | "configs"): Promise<void> {
    await rm(this.parts(volumeId)[part], { recursive: true });
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

  /** Lists the names on disk, whereas `erase` removes by path. */
  async proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    const method = "names listed in the memory backend's scratch folder";
    if (!this.#faults.reachable) return { presence: "unknown", method };
    const names = existsSync(this.#volumes.folder) ? await readdir(this.#volumes.folder) : [];
    return { presence: names.includes(order.volumeId) ? "present" : "absent", method };
  }
}
