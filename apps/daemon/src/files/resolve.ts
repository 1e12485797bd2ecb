import { isUtf8 } from "node:buffer";
import { mkdir, readlink } from "node:fs/promises";
import { DomainError, formatWorkspacePath, isReservedName, type WorkspacePath } from "@berth/domain";
import type { OpenDirectory } from "./open-directory.ts";
import { asDomainError, errorCode } from "./problems.ts";
import { type Root, splitPath } from "./root.ts";

/** The limit of Linux itself. */
const LINKS_MAX = 40;

/** Folders of the path that stay open in addition to the root: a path can be longer than the descriptor limit. */
const OPEN_MAX = 64;

/** A resolved path: an open directory and a name in it. The name may be absent and is never followed. */
export class Place implements Disposable {
  readonly directory: OpenDirectory;
  /** `.` when the place is the directory itself: a root, or a link to `.` or `..`. */
  readonly name: string;
  /** The real names from the root, with links resolved. */
  readonly segments: readonly string[];

  constructor(directory: OpenDirectory, name: string, segments: readonly string[]) {
    this.directory = directory;
    this.name = name;
    this.segments = segments;
  }

  /** For a file call that does not follow the last name. */
  get path(): string {
    return this.directory.child(this.name);
  }

  get isRoot(): boolean {
    return this.segments.length === 0;
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}

export interface ResolveOptions {
  /**
   * `follow` also follows a link in the last name (read, list). `keep` addresses the link itself (delete, move).
   * `never` also refuses a link above the last name (unpacking archives).
   */
  links: "follow" | "keep" | "never";
  /** Creates every missing folder of the path, including the last. */
  makeFolders?: boolean;
  /** Refuses to create a folder with the name of the root: `/workspace/x` below `/workspace` is rarely intended. */
  refuseRootName?: boolean | undefined;
  /** Aborts the walk when the caller disconnects. */
  signal?: AbortSignal | undefined;
}

/**
 * Resolves a path without leaving the root. It opens each directory relative to the one before and never through a
 * link; it reads links and resolves them itself. So the result was reached from inside the root, regardless of
 * concurrent renames.
 *
 * @throws DomainError `path_not_allowed` for links that lead out or form a cycle; `not_found`, `invalid_input` or
 *   `forbidden` when a directory of the path is missing, not a directory, or not accessible.
 */
export async function resolvePlace(root: Root, path: WorkspacePath, options: ResolveOptions): Promise<Place> {
  const walk = new Walk(root, path, options);
  try {
    return await walk.run();
  } catch (error) {
    throw asDomainError(error, formatWorkspacePath(path)) ?? error;
  } finally {
    walk[Symbol.dispose]();
  }
}

class Walk implements Disposable {
  readonly #root: Root;
  readonly #named: WorkspacePath;
  readonly #links: ResolveOptions["links"];
  readonly #makeFolders: boolean;
  readonly #refuseRootName: boolean;
  readonly #signal: AbortSignal | undefined;
  #pending: string[];
  #segments: string[] = [];
  /** The root and the most recently opened folders. */
  #opened: OpenDirectory[] = [];
  #linksTaken = 0;

  constructor(root: Root, path: WorkspacePath, options: ResolveOptions) {
    const { links, makeFolders = false, refuseRootName = false, signal } = options;
    this.#refuseRootName = refuseRootName;
    this.#root = root;
    this.#named = path;
    this.#links = links;
    this.#makeFolders = makeFolders;
    this.#signal = signal;
    this.#pending = [...path.segments];
  }

  async run(): Promise<Place> {
    this.#opened.push(await this.#root.open());
    for (;;) {
      this.#signal?.throwIfAborted();
      const name = this.#pending.shift();
      if (name === undefined) return this.#arrive(".");
      if (name === "..") {
        this.#leave();
        continue;
      }
      if (this.#segments.length === 0 && isReservedName(name))
        throw this.#refuse(`leads to "${name}", which is reserved for Berth`);
      const isLast = this.#pending.length === 0 && !this.#makeFolders;
      if (isLast && (this.#links !== "follow" || !(await this.#takeLink(name)))) return this.#arrive(name);
      if (!isLast) await this.#enter(name);
    }
  }

  [Symbol.dispose](): void {
    for (const directory of this.#opened) directory[Symbol.dispose]();
  }

  get #here(): OpenDirectory {
    const here = this.#opened.at(-1);
    if (!here) throw new Error("A walk starts at its root.");
    return here;
  }

  #arrive(name: string): Place {
    const segments = name === "." ? this.#segments : [...this.#segments, name];
    const directory = this.#here;
    this.#opened.pop();
    return new Place(directory, name, segments);
  }

  /**
   * Moves to the parent. The parent is still open or is resolved again from the root; `..` is never passed to the
   * kernel.
   */
  #leave(): void {
    if (this.#segments.length === 0) throw this.#refuse("leads out of its root through a link");
    this.#segments.pop();
    this.#opened.pop()?.[Symbol.dispose]();
    if (this.#opened.length > 1 || this.#segments.length === 0) return;
    this.#pending.unshift(...this.#segments);
    this.#segments = [];
  }

  async #enter(name: string): Promise<void> {
    try {
      const directory = await this.#open(name);
      this.#opened.push(directory);
      this.#segments.push(name);
      if (this.#opened.length > OPEN_MAX) for (const passed of this.#opened.splice(1, 1)) passed[Symbol.dispose]();
    } catch (error) {
      // Opening a link fails with ENOTDIR on Linux and ELOOP elsewhere.
      const mayBeLink = errorCode(error) === "ENOTDIR" || errorCode(error) === "ELOOP";
      if (!mayBeLink || !(await this.#takeLink(name))) throw error;
    }
  }

  async #open(name: string): Promise<OpenDirectory> {
    try {
      return await this.#here.openChild(name);
    } catch (error) {
      if (!this.#makeFolders || errorCode(error) !== "ENOENT") throw error;
    }
    if (this.#refuseRootName && this.#segments.length === 0 && `/${name}` === this.#root.name)
      throw rootNameMistaken(this.#named);
    await mkdir(this.#here.child(name)).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
    });
    return await this.#here.openChild(name);
  }

  /** Replaces the name by the link's target. Returns false when the name is not a link. */
  async #takeLink(name: string): Promise<boolean> {
    const bytes = await readLinkOrNull(this.#here.child(name));
    if (bytes === null) return false;
    // A lossy decode would lead to another name.
    if (!isUtf8(bytes)) throw this.#refuse("leads through a link whose target is not UTF-8");
    const target = bytes.toString("utf8");
    if (this.#links === "never") throw this.#refuse("leads through a link");
    this.#linksTaken += 1;
    if (this.#linksTaken > LINKS_MAX) throw this.#refuse("leads through too many links");
    if (!target.startsWith("/")) {
      this.#pending.unshift(...splitPath(target));
      return true;
    }
    const inside = this.#root.segmentsOfAbsolute(target);
    if (inside === null) throw this.#refuse("leads out of its root through a link");
    this.#pending.unshift(...inside);
    this.#segments = [];
    for (const directory of this.#opened.splice(1)) directory[Symbol.dispose]();
    return true;
  }

  #refuse(what: string): DomainError {
    const path = formatWorkspacePath(this.#named);
    return new DomainError("path_not_allowed", `${path} ${what}.`, { details: { path } });
  }
}

function rootNameMistaken({ root }: WorkspacePath): DomainError {
  const name = root.slice(1);
  const message = `A path is relative to its root, so this one would create a folder "${name}" in ${root}. Omit ${root} from the path, or create that folder first with files.makeDirectory.`;
  return new DomainError("path_not_allowed", message, { details: { root } });
}

/** The target of a link; null when the name is absent or not a link. */
async function readLinkOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readlink(path, { encoding: "buffer" });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EINVAL" || code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** Limits how often a name is resolved again after it became a link between resolution and use. */
const RACES_MAX = 5;

/**
 * Resolves and uses a place whose last name is followed. When the name has become a link in between, the use fails
 * because it follows no link, and the path is resolved again.
 */
export async function usePlace<T>(
  root: Root,
  path: WorkspacePath,
  use: (place: Place) => Promise<T>,
  { signal }: Pick<ResolveOptions, "signal"> = {},
): Promise<T> {
  for (let races = 0; ; races += 1) {
    using place = await resolvePlace(root, path, { links: "follow", signal });
    try {
      return await use(place);
    } catch (error) {
      const raced = errorCode(error) === "ELOOP" || (errorCode(error) === "ENOTDIR" && (await isLink(place)));
      if (!raced || races === RACES_MAX) throw asDomainError(error, formatWorkspacePath(path)) ?? error;
    }
  }
}

const isLink = async (place: Place): Promise<boolean> => (await readLinkOrNull(place.path)) !== null;

export interface Folder extends Disposable {
  readonly directory: OpenDirectory;
  readonly segments: readonly string[];
}

/**
 * Opens the folder at a path.
 *
 * @throws DomainError `not_found`, or `invalid_input` when it is not a folder.
 */
export function openFolder(root: Root, path: WorkspacePath): Promise<Folder> {
  return usePlace(root, path, async (place) => {
    const directory = await place.directory.openChild(place.name);
    return { directory, segments: place.segments, [Symbol.dispose]: () => directory[Symbol.dispose]() };
  });
}
