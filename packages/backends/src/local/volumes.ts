import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  DATA_ROOTS,
  DomainError,
  type EraseOrder,
  formatManifest,
  KeyedLock,
  parseManifest,
  type VolumeManifest,
} from "@berth/domain";
import type {
  EraseOptions,
  SurveyedVolume,
  VolumeBackend,
  VolumeEraser,
  VolumeObservation,
  VolumePresence,
} from "../backend.ts";
import { assertId, isId } from "../ids.ts";
import {
  errorCode,
  isMissing,
  messageOf,
  observationOf,
  unavailable,
  unknownVolume,
  volumeInUse,
  volumeNotFound,
} from "../problems.ts";
import { hasChangedSince, syncFolder } from "./files.ts";
import { removeTrees } from "./remove-trees.ts";

export const volumesFolderOf = (dataDirectory: string): string => path.join(dataDirectory, "volumes");

/**
 * Data volumes as folders `volumes/<volume id>/{workspace,configs}`, mode 0700, each with its manifest and a note of
 * the installation that created it. A volume without a note predates them and counts as ours.
 */
export class LocalVolumes implements VolumeBackend {
  readonly folder: string;
  readonly #installationId: string;
  readonly #manifestLock = new KeyedLock();

  constructor(dataDirectory: string, installationId: string) {
    this.folder = volumesFolderOf(dataDirectory);
    this.#installationId = installationId;
  }

  at(volumeId: string): string {
    return path.join(this.folder, assertId(volumeId, "volume id"));
  }

  parts(volumeId: string): { workspace: string; configs: string } {
    const at = this.at(volumeId);
    return { workspace: path.join(at, "workspace"), configs: path.join(at, "configs") };
  }

  async create(volumeId: string): Promise<void> {
    const { workspace, configs } = this.parts(volumeId);
    try {
      await mkdir(this.at(volumeId), { recursive: true, mode: 0o700 });
      await writeNote(this.#noteOf(volumeId), this.#installationId);
      await mkdir(workspace, { recursive: true, mode: 0o700 });
      await mkdir(configs, { recursive: true, mode: 0o700 });
      await syncFolder(this.at(volumeId));
      await syncFolder(this.folder);
    } catch (error) {
      throw cannotWrite("The data volume could not be created", error);
    }
  }

  async observe(volumeId: string): Promise<VolumeObservation> {
    try {
      if (!(await exists(this.at(volumeId)))) return observationOf(DATA_ROOTS, DATA_ROOTS);
      const missingParts = await this.#missingParts(volumeId);
      return { presence: missingParts.length === 0 ? "present" : "partial", missingParts, reason: null };
    } catch (error) {
      return unknownVolume(error);
    }
  }

  /**
   * Requires both parts, because one part alone is not the volume that was created.
   *
   * @throws DomainError `not_found`; `backend_unavailable` when it cannot be read, which proves nothing about the
   *   volume.
   */
  async assertWhole(volumeId: string): Promise<void> {
    const { presence, reason } = await this.observe(volumeId);
    if (presence === "unknown") throw unavailable(reason ?? "The data volume could not be observed.");
    if (presence !== "present") throw volumeNotFound();
  }

  async #missingParts(volumeId: string): Promise<string[]> {
    const there = await Promise.all(Object.values(this.parts(volumeId)).map(exists));
    return DATA_ROOTS.filter((_, index) => !there[index]);
  }

  async list(): Promise<string[]> {
    const ids = (await listFolder(this.folder)).filter(isId);
    const owners = await Promise.all(ids.map((id) => readNote(this.#noteOf(id))));
    return ids.filter((_, index) => (owners[index] ?? this.#installationId) === this.#installationId);
  }

  async survey(): Promise<ReadonlyMap<string, SurveyedVolume>> {
    const ids = await this.list();
    const surveyed = await Promise.all(
      ids.map(async (id) => ({
        missingParts: await this.#missingParts(id),
        manifest: parseManifest((await readNote(this.#manifestOf(id))) ?? ""),
      })),
    );
    return new Map(ids.map((id, index) => [id, surveyed[index] ?? { missingParts: [], manifest: null }]));
  }

  /** Serialized, because writers share the name of the temporary file. */
  writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void> {
    return this.#manifestLock.run(volumeId, () => this.#writeManifest(volumeId, manifest));
  }

  async #writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void> {
    const file = this.#manifestOf(volumeId);
    try {
      await writeFile(`${file}.new`, formatManifest(manifest), { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
      await syncFolder(this.at(volumeId));
    } catch (error) {
      if (isMissing(error)) throw volumeNotFound();
      throw cannotWrite("The manifest of the data volume could not be written", error);
    }
  }

  async changedSince(volumeId: string, since: Date): Promise<boolean> {
    for (const part of Object.values(this.parts(volumeId))) if (await hasChangedSince(part, since)) return true;
    return false;
  }

  #manifestOf(volumeId: string): string {
    return path.join(this.at(volumeId), "manifest.json");
  }

  #noteOf(volumeId: string): string {
    return path.join(this.at(volumeId), "installation");
  }
}

export const READ_ONLY =
  "The disk of the local data volumes is read-only. Mount it for writing; until then nothing on it is started or erased.";

const cannotWrite = (what: string, error: unknown): DomainError =>
  unavailable(errorCode(error) === "EROFS" ? READ_ONLY : `${what} (${messageOf(error)}).`, error);

/** Leaves an existing note unchanged. */
async function writeNote(file: string, installationId: string): Promise<void> {
  try {
    await writeFile(file, installationId, { flag: "wx", mode: 0o600, flush: true });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

async function readNote(file: string): Promise<string | null> {
  try {
    return (await readFile(file, "utf8")) || null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw unavailable(`The data directory cannot be read (${messageOf(error)}).`, error);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw unavailable(`The data directory cannot be read (${messageOf(error)}).`, error);
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw unavailable(`The data directory cannot be read (${messageOf(error)}).`, error);
  }
}

export class LocalEraser implements VolumeEraser {
  readonly #volumes: LocalVolumes;
  readonly #erasing: string;
  /** The folder to which older versions moved the volumes that they erased. */
  readonly #erasingBefore: string;
  readonly #holderOf: (volumeId: string) => Promise<string | null>;
  readonly #lock: KeyedLock;

  /** @param holderOf the incarnation whose instance still refers to the volume */
  constructor(options: {
    dataDirectory: string;
    volumes: LocalVolumes;
    holderOf(volumeId: string): Promise<string | null>;
    lock: KeyedLock;
  }) {
    this.#volumes = options.volumes;
    // On the same file system as the volumes, which may be on a separate disk.
    this.#erasing = path.join(options.volumes.folder, ".erasing");
    this.#erasingBefore = path.join(options.dataDirectory, "erasing");
    this.#holderOf = options.holderOf;
    this.#lock = options.lock;
  }

  /** The rename takes the volume away atomically. Removing its files may then take long, and can be repeated. */
  async erase(order: EraseOrder, options: EraseOptions = {}): Promise<void> {
    const from = this.#volumes.at(order.volumeId);
    const to = path.join(this.#erasing, order.volumeId);
    await this.#lock.run(order.volumeId, async () => {
      try {
        const holder = await this.#holderOf(order.volumeId);
        if (holder !== null) throw volumeInUse(holder);
        await removeTrees([to, path.join(this.#erasingBefore, order.volumeId)], options);
        if (await exists(from)) {
          // Only next to a volume, because the mount point of a disk that has just disappeared must stay empty.
          await mkdir(this.#erasing, { recursive: true, mode: 0o700 });
          await rename(from, to);
          await syncFolder(this.#volumes.folder);
        }
        await removeTrees([to], options);
        if (await exists(this.#erasing)) await syncFolder(this.#erasing);
      } catch (error) {
        if (error instanceof DomainError) throw error;
        throw cannotWrite("The data volume could not be erased", error);
      }
    });
  }

  /** Lists the names in the parent folders, whereas `erase` uses the volume's own path. */
  async proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    // Receipts show this to users, so it contains no path of the server.
    const method = "names listed in the data directory, of the volumes and of those being erased";
    try {
      const names = (
        await Promise.all([this.#volumes.folder, this.#erasing, this.#erasingBefore].map(listFolder))
      ).flat();
      return { presence: names.includes(order.volumeId) ? "present" : "absent", method };
    } catch {
      return { presence: "unknown", method };
    }
  }
}
