import type { BigIntStats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { type ArchiveDifference, DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { changeMode, EntryWriter } from "./archive/entry-writer.ts";
import { describe, kindOf } from "./archive/send-tar.ts";
import { NO_BYTES } from "./archive/tar-entry.ts";
import { readAttributes } from "./attributes.ts";
import { dataOf, extentsOf } from "./content.ts";
import { removeEntry } from "./delete.ts";
import type { EntryName } from "./entry-name.ts";
import { flushFileSystems } from "./flush.ts";
import { fstat } from "./fs-calls.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { namingPath } from "./problems.ts";
import { openRegularFile } from "./read-file.ts";
import { rejectRoots, renamePlace } from "./rename-place.ts";
import { resolvePlace } from "./resolve.ts";
import type { Root } from "./root.ts";
import { Scratch } from "./scratch.ts";
import { walkTree } from "./tree-walk.ts";

export interface CopyOptions {
  overwrite: boolean;
  signal?: AbortSignal;
}

const OWNER_MAY_WRITE = 0o200;

/**
 * Copies an entry with everything below it: names as bytes, owners as far as permitted, modes, times, attributes, holes,
 * symbolic links and hard links. The copy has a temporary name until it is complete, so readers never see a partial copy,
 * and a folder can be copied into itself.
 *
 * @returns the differences between copy and original.
 */
export async function copyEntry(
  root: Root,
  from: WorkspacePath,
  to: WorkspacePath,
  options: CopyOptions,
): Promise<readonly ArchiveDifference[]> {
  rejectRoots(from, to);
  using source = await resolvePlace(root, from, { links: "keep" });
  using target = await resolvePlace(root, to, { links: "keep" });
  await using scratch = await Scratch.open(root);
  const made = scratch.temporaryName();
  const place = { directory: scratch.directory, path: scratch.directory.child(made) };
  try {
    await using maker = new EntryWriter(scratch.directory, { keeps: "possible" });
    const { stats, differences } = await namingPath(formatWorkspacePath(from), async () => {
      const stats = await lstat(source.path, { bigint: true });
      await new TreeCopy(maker, options.signal).copy(source, stats, made);
      return { stats, differences: (await maker.finish()).differences };
    });
    const isDirectory = stats.isDirectory();
    if (isDirectory) await flushFileSystems([root.path]);
    const mode = Number((await lstat(place.path)).mode) & 0o7777;
    // A folder that its owner cannot write to cannot be moved to another parent.
    const isClosed = isDirectory && (mode & OWNER_MAY_WRITE) === 0;
    if (isClosed) await changeMode(place.path, mode | OWNER_MAY_WRITE);
    await namingPath(formatWorkspacePath(to), () =>
      renamePlace(place, target, { overwrite: options.overwrite, isDirectory }),
    );
    if (isClosed) await changeMode(target.path, mode);
    return differences;
  } finally {
    await removeEntry(scratch.directory, made, true).catch(() => {});
  }
}

interface Found {
  directory: OpenDirectory;
  name: EntryName;
}

/** Reads entries from the source tree and creates them below a name in the maker's folder. */
class TreeCopy {
  readonly #maker: EntryWriter;
  readonly #signal: AbortSignal | undefined;
  readonly #firstNames = new Map<string, readonly EntryName[]>();

  constructor(maker: EntryWriter, signal: AbortSignal | undefined) {
    this.#maker = maker;
    this.#signal = signal;
  }

  async copy(top: Found, stats: BigIntStats, made: string): Promise<void> {
    await this.#one(top, stats, [made], top.name.toString());
    if (!stats.isDirectory()) return;
    using folder = await top.directory.openChild(top.name);
    for await (const visit of walkTree(folder, { hideReserved: false })) {
      this.#signal?.throwIfAborted();
      const shown = visit.segments.join("/");
      if (visit.stats === null) throw visit.error;
      await namingPath(shown, () => this.#one(visit, visit.stats as BigIntStats, [made, ...visit.names], shown));
    }
  }

  async #one({ directory, name }: Found, stats: BigIntStats, to: readonly EntryName[], shown: string): Promise<void> {
    const place = directory.child(name);
    const firstNames = this.#namesBefore(stats, to);
    const kind = kindOf(stats);
    if (kind === null || kind.endsWith("device"))
      throw new DomainError("invalid_input", `${shown} is a device and cannot be copied.`);
    const entry = { ...describe(stats, NO_BYTES), kind: firstNames ? ("link" as const) : kind };
    if (firstNames || kind !== "file") {
      const linkPath = kind === "symlink" ? await readlink(place, { encoding: "buffer" }) : NO_BYTES;
      const item = { entry: { ...entry, linkPath, attributes: readAttributes(place) }, content: dataOf(-1, 0, []) };
      return await this.#maker.make(to, item, () => firstNames ?? []);
    }
    using file = await openRegularFile(directory, name, shown);
    const opened = await fstat(file.fd, { bigint: true });
    const extents = extentsOf(file.fd, opened);
    const described = { ...describe(opened, NO_BYTES), attributes: readAttributes(place), extents };
    const content = dataOf(file.fd, file.size, extents);
    await this.#maker.make(to, { entry: described, content, copyFrom: file.fd }, () => []);
  }

  /** The path under which an earlier hard link of this file was created. */
  #namesBefore(stats: BigIntStats, to: readonly EntryName[]): readonly EntryName[] | undefined {
    if (stats.isDirectory() || stats.nlink < 2n) return undefined;
    const key = `${stats.dev}:${stats.ino}`;
    const before = this.#firstNames.get(key);
    if (before === undefined) this.#firstNames.set(key, to);
    return before;
  }
}
