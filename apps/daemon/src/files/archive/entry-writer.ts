import { constants as fs } from "node:fs";
import { chmod, copyFile, lchown, link, lstat, mkdir, symlink, unlink } from "node:fs/promises";
import { type ArchiveExtracted, DomainError } from "@berth/domain";
import { systemCalls } from "../../native/system-calls.ts";
import { isUnsupported, readAttributes } from "../attributes.ts";
import { DirectoryTrail } from "../directory-trail.ts";
import { type EntryName, showName } from "../entry-name.ts";
import { ftruncate, lstatOrNull, lutimesNs, O_PATH, OpenFile, writeAll } from "../fs-calls.ts";
import type { OpenDirectory } from "../open-directory.ts";
import { errorCode, namingPath } from "../problems.ts";
import { Differences } from "./differences.ts";
import type { TarEntry } from "./tar-entry.ts";
import type { Piece, TarItem } from "./tar-reader.ts";

/** Permission bits without set-user-id, set-group-id and sticky: an upload must not grant rights. */
const ORDINARY_MODE_BITS = 0o777;
const S_IFSOCK = 0o140000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const ACCESS_LIST = "system.posix_acl_access";
/** Attributes that any user may set on their own files. */
const ORDINARY_ATTRIBUTE = /^(user\.|system\.posix_acl_)/;

/**
 * `everything`: any difference is an error. `possible`: keeps what the workspace's user may set. `ordinary`: for
 * uploads, keeps what any user may set on their own files. The last two list what they leave out among the differences.
 */
export type Fidelity = "everything" | "possible" | "ordinary";

/** An entry to make. With `copyFrom`, the content of a file without holes comes from that descriptor. */
export type Item = Pick<TarItem, "entry" | "content"> & Partial<Pick<TarItem, "unknown">> & { copyFrom?: number };

/**
 * Creates the entries of one archive below a folder, never through a link. Keeps the path to the last entry open,
 * because entries arrive folder by folder.
 */
export class EntryWriter implements AsyncDisposable {
  readonly #counts = { files: 0, directories: 0, links: 0, bytes: 0 };
  readonly #differences = new Differences();
  readonly #keeps: Fidelity;
  readonly #top: OpenDirectory;
  readonly #trail: DirectoryTrail;
  /** Leads to the existing name of a hard link, which may be in another folder. */
  readonly #linkTrail: DirectoryTrail;
  /** By path. The metadata of a folder is set at the end, when nothing more is written into it. */
  readonly #folders = new Map<string, { names: readonly EntryName[]; entry: TarEntry }>();

  constructor(top: OpenDirectory, { keeps }: { keeps: Fidelity }) {
    this.#keeps = keeps;
    this.#top = top;
    this.#trail = new DirectoryTrail(top);
    this.#linkTrail = new DirectoryTrail(top);
  }

  get #exact(): boolean {
    return this.#keeps === "everything";
  }

  /** @param namesOf splits the path of a hard link's first name. */
  async make(names: readonly EntryName[], item: Item, namesOf: (path: Buffer) => readonly EntryName[]): Promise<void> {
    const shown = shownPath(names);
    await namingPath(shown, async () => {
      for (const key of item.unknown ?? []) this.#differs(shown, `Its "${key}" is not kept.`);
      if (item.entry.kind === "directory") return await this.#directory(names, item.entry);
      const name = names.at(-1);
      if (name === undefined) throw new DomainError("path_not_allowed", "The archive contains a file without a name.");
      const directory = await this.#goTo(this.#trail, names.slice(0, -1), true);
      await this.#one(directory, name, item, shown, namesOf);
    });
  }

  /** Sets the metadata of all folders. */
  async finish(): Promise<ArchiveExtracted> {
    // Deepest first: a folder whose mode denies access cannot be entered afterwards.
    const byPath = [...this.#folders.keys()].sort().reverse();
    for (const key of byPath) {
      const folder = this.#folders.get(key);
      if (!folder) continue;
      const shown = shownPath(folder.names);
      await namingPath(shown, async () => {
        const name = folder.names.at(-1);
        const above = await this.#goTo(this.#trail, folder.names.slice(0, -1), false);
        await this.#setMetadata(name === undefined ? this.#top.self : above.child(name), folder.entry, shown);
      });
    }
    return { ...this.#counts, differences: this.#differences.list };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#trail[Symbol.dispose]();
    this.#linkTrail[Symbol.dispose]();
  }

  async #directory(names: readonly EntryName[], entry: TarEntry): Promise<void> {
    const isTop = names.length === 0;
    if (isTop && !this.#exact) return;
    if (!isTop) await this.#goTo(this.#trail, names, true);
    this.#folders.set(keyOf(names), { names, entry });
    if (!isTop) this.#counts.directories += 1;
  }

  async #one(
    directory: OpenDirectory,
    name: EntryName,
    item: Item,
    shown: string,
    namesOf: (path: Buffer) => readonly EntryName[],
  ): Promise<void> {
    const { entry } = item;
    const path = directory.child(name);
    if (entry.kind === "character-device" || entry.kind === "block-device") this.#refuseDevice(shown);
    if (entry.kind === "symlink" && entry.linkPath.length === 0)
      throw new DomainError("invalid_input", `${shown} is a link without a target.`);
    if (entry.kind === "link") return await this.#hardLink(path, namesOf(entry.linkPath), shown);
    await removeExisting(path);
    if (entry.kind === "file") await this.#file(path, item);
    else if (entry.kind === "symlink") await symlink(entry.linkPath, path);
    else createSpecial(path, entry);
    await this.#setMetadata(path, entry, shown);
    if (entry.kind === "symlink") this.#counts.links += 1;
    else this.#counts.files += 1;
  }

  async #file(path: string | Buffer, { entry, content, copyFrom }: Item): Promise<void> {
    using file = await OpenFile.open(path, fs.O_WRONLY | fs.O_CREAT | fs.O_EXCL, 0o600);
    try {
      if (copyFrom !== undefined && entry.extents === null) await copyContent(copyFrom, file);
      else await writeContent(file.fd, entry.size, content);
    } catch (error) {
      // A partial file would look complete, and a full disk needs the space back.
      await unlink(path);
      throw error;
    }
    this.#counts.bytes += entry.size;
  }

  /** Creates another name for an existing entry. Resolves the existing name without following links. */
  async #hardLink(path: string | Buffer, existing: readonly EntryName[], shown: string): Promise<void> {
    const name = existing.at(-1);
    if (name === undefined) throw new DomainError("path_not_allowed", `${shown} is a link without a target.`);
    const directory = await this.#goTo(this.#linkTrail, existing.slice(0, -1), false);
    const source = directory.child(name);
    if ((await lstat(source)).isDirectory())
      throw new DomainError("path_not_allowed", `${shownPath(existing)} is a folder and cannot have a second name.`);
    if (await areOne(source, path)) return;
    await removeExisting(path);
    await link(source, path);
    this.#counts.links += 1;
  }

  #refuseDevice(shown: string): void {
    if (this.#exact) return;
    const message = `${shown} is a device: only files, folders, links and pipes can be created.`;
    throw new DomainError("path_not_allowed", message);
  }

  /**
   * The order matters. A change of owner clears special mode bits. Attributes cannot be set on a read-only file. A
   * change of mode changes the mask of an access control list, and bsdtar does not include the mask in the mode.
   */
  async #setMetadata(path: string | Buffer, entry: TarEntry, shown: string): Promise<void> {
    const ownerKept = await this.#setOwner(path, entry, shown);
    if (this.#exact) removeOtherAttributes(path, entry);
    const attributes = [...entry.attributes];
    for (const [name, value] of attributes.filter(([each]) => each !== ACCESS_LIST))
      this.#setAttribute(path, entry, { name, value, shown });
    if (entry.kind !== "symlink") {
      const isOrdinary = this.#keeps === "ordinary" || !ownerKept;
      const mode = isOrdinary ? entry.mode & ORDINARY_MODE_BITS : entry.mode;
      if (mode !== entry.mode) this.#differs(shown, "Its set-user-id, set-group-id or sticky bit was not kept.");
      await changeMode(path, mode);
    }
    for (const [name, value] of attributes.filter(([each]) => each === ACCESS_LIST))
      this.#setAttribute(path, entry, { name, value, shown });
    await lutimesNs(path, entry.mtimeNs);
  }

  async #setOwner(path: string | Buffer, { uid, gid }: TarEntry, shown: string): Promise<boolean> {
    const made = await lstat(path);
    if (made.uid === uid && made.gid === gid) return true;
    try {
      if (this.#keeps === "ordinary") throw new Error("Uploaded entries keep the owner of the workspace.");
      await lchown(path, uid, gid);
      return true;
    } catch (error) {
      if (this.#exact) throw error;
      this.#differs(shown, "It had another owner; entries created here belong to the workspace's user.");
      return false;
    }
  }

  #setAttribute(
    path: string | Buffer,
    { kind }: TarEntry,
    { name, value, shown }: { name: string; value: Buffer; shown: string },
  ): void {
    const calls = systemCalls();
    const isOrdinary = ORDINARY_ATTRIBUTE.test(name) && kind !== "symlink";
    if (calls === null || (this.#keeps === "ordinary" && !isOrdinary)) {
      this.#differs(shown, `Its extended attribute "${name}" was not kept.`);
      return;
    }
    try {
      calls.setAttribute(path, name, value);
    } catch (error) {
      if (this.#exact) throw attributeRefused(shown, name, error);
      this.#differs(shown, `Its extended attribute "${name}" was not kept: this file system does not support it.`);
    }
  }

  #differs(shown: string, reason: string): void {
    if (this.#exact) throw new DomainError("unsupported_by_backend", `${shown}: ${reason}`);
    this.#differences.add(shown, reason);
  }

  /** Moves a trail to a folder. With `make`, creates the missing folders. */
  async #goTo(trail: DirectoryTrail, names: readonly EntryName[], make: boolean): Promise<OpenDirectory> {
    let shared = 0;
    while (shared < names.length && shared < trail.depth && isSame(names[shared], trail.nameAt(shared))) shared += 1;
    while (trail.depth > shared) await trail.leave();
    for (const name of names.slice(shared)) {
      if (make) await createIfAbsent(trail.here.child(name));
      try {
        await trail.enter(name);
      } catch (error) {
        if (errorCode(error) === "ENOTDIR" || errorCode(error) === "ELOOP") throw throughLink(names);
        throw error;
      }
    }
    return trail.here;
  }
}

/** Clones the content where the file system supports it, otherwise copies it in the kernel. Both files are open. */
const copyContent = (from: number, to: OpenFile): Promise<void> =>
  copyFile(`/proc/self/fd/${from}`, to.path, fs.COPYFILE_FICLONE);

async function writeContent(fd: number, size: number, content: AsyncIterable<Piece>): Promise<void> {
  let end = 0;
  for await (const { at, bytes } of content) {
    await writeAll(fd, bytes, at);
    end = at + bytes.length;
  }
  // The file ends with a hole.
  if (end < size) await ftruncate(fd, size);
}

function createSpecial(path: string | Buffer, entry: TarEntry): void {
  const calls = systemCalls();
  if (calls === null)
    throw new DomainError("unsupported_by_backend", "Special files such as pipes cannot be created on this machine.");
  if (entry.kind === "pipe") calls.makePipe(path, 0o600);
  else if (entry.kind === "socket") calls.makeNode(path, S_IFSOCK, 0n);
  else calls.makeNode(path, entry.kind === "block-device" ? S_IFBLK : S_IFCHR, deviceNumber(entry));
}

/** Encodes a device number like glibc's `makedev`. */
function deviceNumber({ deviceMajor, deviceMinor }: TarEntry): bigint {
  const major = BigInt(deviceMajor);
  const minor = BigInt(deviceMinor);
  return ((major & 0xfffn) << 8n) | ((major & ~0xfffn) << 32n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n);
}

/** Uses a descriptor, because `chmod` by name would follow a link that has replaced the file. */
export async function changeMode(path: string | Buffer, mode: number): Promise<void> {
  if (process.platform !== "linux") return await chmod(path, mode);
  using pinned = await OpenFile.open(path, O_PATH);
  await chmod(pinned.path, mode);
}

async function createIfAbsent(path: string | Buffer): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

async function removeExisting(path: string | Buffer): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function areOne(left: string | Buffer, right: string | Buffer): Promise<boolean> {
  const [one, other] = [await lstatOrNull(left), await lstatOrNull(right)];
  return one !== null && other !== null && one.dev === other.dev && one.ino === other.ino;
}

/** A new folder may have inherited attributes from its parent. */
function removeOtherAttributes(path: string | Buffer, { attributes }: TarEntry): void {
  for (const name of readAttributes(path).keys()) if (!attributes.has(name)) systemCalls()?.removeAttribute(path, name);
}

function attributeRefused(shown: string, name: string, error: unknown): unknown {
  if (!isUnsupported(error) && errorCode(error) !== "EPERM") return error;
  const message = `${shown}: the data volume does not support the extended attribute "${name}".`;
  return new DomainError("unsupported_by_backend", message, { cause: error });
}

/**
 * A folder's key starts with its parent's key. File names cannot contain NUL, so text and byte names cannot collide.
 */
const keyOf = (names: readonly EntryName[]): string =>
  names.map((name) => (typeof name === "string" ? name : `\0${name.toString("latin1")}`)).join("/");
const shownPath = (names: readonly EntryName[]): string => `/${names.map(showName).join("/")}`;

function isSame(left: EntryName | undefined, right: EntryName | undefined): boolean {
  if (typeof left === "string" || typeof right === "string" || !left || !right) return left === right;
  return left.equals(right);
}

const throughLink = (names: readonly EntryName[]): DomainError =>
  new DomainError(
    "path_not_allowed",
    `${shownPath(names)} would be unpacked through a link or a file. Nothing is written through links.`,
  );
