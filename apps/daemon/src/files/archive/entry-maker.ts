import { constants as fs } from "node:fs";
import { link, lstat, lutimes, mkdir, symlink, unlink } from "node:fs/promises";
import { type ArchiveExtracted, DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { makeOwnParents, pathOf } from "../directories.ts";
import { fchmod, futimes, lstatOrNull, OpenFile, writeAll } from "../fs-calls.ts";
import type { OpenDirectory } from "../open-directory.ts";
import { errorCode, namingPath } from "../problems.ts";
import { Place, resolvePlace } from "../resolve.ts";
import type { Root } from "../root.ts";

export interface EntryFacts {
  mode: number;
  mtimeMs: number;
}

/** Neither set-user-id nor the like: what comes from outside gets no more rights than whoever runs it. */
const MODE_BITS = 0o777;

/** Makes the entries of one archive, never through a link. Keeps the last folder open, since entries come folder by folder. */
export class EntryMaker implements AsyncDisposable {
  readonly made: ArchiveExtracted = { files: 0, directories: 0, links: 0, bytes: 0 };
  readonly #root: Root;
  /** Given at the end, when nothing is written into them any more. */
  readonly #folderFacts = new Map<string, EntryFacts & { path: WorkspacePath }>();
  #parent: { key: string; directory: OpenDirectory } | undefined;

  constructor(root: Root) {
    this.#root = root;
  }

  file(path: WorkspacePath, facts: EntryFacts, content: AsyncIterable<Buffer>): Promise<void> {
    return this.#in(path, async (place) => {
      await removeInTheWay(place);
      using file = await OpenFile.open(place.path, fs.O_WRONLY | fs.O_CREAT | fs.O_EXCL, 0o600);
      const position = await writeContent(file.fd, content).catch(async (error: unknown) => {
        // Half a file under its own name would pass for a whole one, and a full disk needs the space back.
        await unlink(place.path);
        throw error;
      });
      await fchmod(file.fd, facts.mode & MODE_BITS);
      await futimes(file.fd, facts.mtimeMs / 1000, facts.mtimeMs / 1000);
      this.made.files += 1;
      this.made.bytes += position;
    });
  }

  directory(path: WorkspacePath, facts: EntryFacts): Promise<void> {
    return this.#in(path, async (place) => {
      const found = await lstatOrNull(place.path);
      if (found && !found.isDirectory()) throw inTheWay(path);
      if (!found) await mkdir(place.path, 0o700);
      this.#folderFacts.set(formatWorkspacePath(path), { ...facts, path });
      this.made.directories += 1;
    });
  }

  /** Made as it stands, wherever it leads: it is data. Whoever reads through it is stopped at the root's edge. */
  symlink(path: WorkspacePath, target: string, facts: EntryFacts): Promise<void> {
    return this.#in(path, async (place) => {
      if (target === "") throw new DomainError("invalid_input", `${formatWorkspacePath(path)} is a link to nothing.`);
      await removeInTheWay(place);
      await symlink(target, place.path);
      await lutimes(place.path, facts.mtimeMs / 1000, facts.mtimeMs / 1000);
      this.made.links += 1;
    });
  }

  /** A second name of a file that was unpacked before, found without links just like a new one. */
  async hardLink(path: WorkspacePath, existing: WorkspacePath): Promise<void> {
    using source = await resolvePlace(this.#root, existing, { links: "never" });
    await this.#in(path, async (place) => {
      if (!(await lstat(source.path)).isFile())
        throw new DomainError("path_not_allowed", `${formatWorkspacePath(existing)} is no file to link to.`);
      await removeInTheWay(place);
      await link(source.path, place.path);
      this.made.links += 1;
    });
  }

  async finish(): Promise<void> {
    this.#closeParent();
    // The deepest first: setting a folder's facts does not touch the one above, but a closed one could not be entered.
    for (const { path, mode, mtimeMs } of [...this.#folderFacts.values()].reverse()) {
      using place = await resolvePlace(this.#root, path, { links: "never" });
      using folder = await place.directory.openChild(place.name);
      using file = await OpenFile.open(folder.self, fs.O_RDONLY | fs.O_DIRECTORY);
      await fchmod(file.fd, mode & MODE_BITS);
      await futimes(file.fd, mtimeMs / 1000, mtimeMs / 1000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closeParent();
  }

  async #in(path: WorkspacePath, work: (place: Place) => Promise<void>): Promise<void> {
    await namingPath(formatWorkspacePath(path), async () => {
      const directory = await this.#openParent(path);
      await work(new Place(directory, path.segments.at(-1) ?? ".", path.segments));
    });
  }

  async #openParent(path: WorkspacePath): Promise<OpenDirectory> {
    const above = path.segments.slice(0, -1);
    const key = above.join("/");
    if (this.#parent?.key === key) return this.#parent.directory;
    this.#closeParent();
    await makeOwnParents(this.#root, path);
    if (above.length === 0) {
      this.#parent = { key, directory: await this.#root.open() };
    } else {
      using place = await resolvePlace(this.#root, pathOf(this.#root, above), { links: "never" });
      this.#parent = { key, directory: await openUnlinked(place, path) };
    }
    return this.#parent.directory;
  }

  #closeParent(): void {
    this.#parent?.directory[Symbol.dispose]();
    this.#parent = undefined;
  }
}

async function openUnlinked(place: Place, path: WorkspacePath): Promise<OpenDirectory> {
  try {
    return await place.directory.openChild(place.name);
  } catch (error) {
    if (errorCode(error) === "ENOTDIR" || errorCode(error) === "ELOOP") throw inTheWay(path);
    throw error;
  }
}

async function removeInTheWay(place: Place): Promise<void> {
  try {
    await unlink(place.path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

const inTheWay = (path: WorkspacePath): DomainError =>
  new DomainError(
    "path_not_allowed",
    `${formatWorkspacePath(path)} would be unpacked through a link or a file. Nothing is written through links.`,
  );

async function writeContent(fd: number, content: AsyncIterable<Buffer>): Promise<number> {
  let position = 0;
  for await (const chunk of content) {
    await writeAll(fd, chunk, position);
    position += chunk.length;
  }
  return position;
}
