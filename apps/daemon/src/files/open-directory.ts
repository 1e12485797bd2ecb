import { closeSync, constants } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import type { EntryName } from "./entry-name.ts";
import { O_PATH, open } from "./fs-calls.ts";

const OPEN_DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const isLinux = process.platform === "linux";

/**
 * A directory pinned by its descriptor, even if it is renamed. `child` gives a path for a file call that acts on
 * the last name only. The kernel starts from the descriptor, so no link above that name can be inserted.
 *
 * Every call on a child path must end before the directory is closed, because the next open reuses the descriptor
 * number. Other systems than Linux use a checked path, which is weaker: the daemon runs on Linux, developers may not.
 */
export class OpenDirectory implements Disposable {
  readonly #base: string;
  readonly #fd: number | null;
  #closed = false;

  private constructor(base: string, fd: number | null) {
    this.#base = base;
    this.#fd = fd;
  }

  /** Opens a root. Only here are links followed, because the path comes from the boot document. */
  static async openRoot(path: string): Promise<OpenDirectory> {
    if (!isLinux) return new OpenDirectory(await realpath(path), null);
    return OpenDirectory.#of(await open(path, O_PATH | constants.O_DIRECTORY));
  }

  static #of(fd: number): OpenDirectory {
    return new OpenDirectory(`/proc/self/fd/${fd}`, fd);
  }

  /** @throws ENOTDIR when the name is a link or not a directory, ENOENT when it is absent. */
  async openChild(name: EntryName): Promise<OpenDirectory> {
    const path = this.child(name);
    if (isLinux) return OpenDirectory.#of(await open(path, OPEN_DIRECTORY));
    const found = await lstat(path);
    const isReal = found.isDirectory() && (await realpath(path)) === path;
    if (isReal && typeof path === "string") return new OpenDirectory(path, null);
    throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), { code: "ENOTDIR" });
  }

  /** Returns text for a text name and bytes for a byte name. */
  child<Name extends EntryName>(name: Name): Name extends string ? string : EntryName;
  child(name: EntryName): EntryName {
    return typeof name === "string"
      ? `${this.#base}/${name}`
      : Buffer.concat([Buffer.from(this.#base), Buffer.from("/"), name]);
  }

  /** True when a closed folder can be reopened from a child through `..`. */
  get isReopenable(): boolean {
    return this.#fd !== null;
  }

  /** A path to the directory itself, for listing. */
  get self(): string {
    return this.#fd === null ? this.#base : `${this.#base}/.`;
  }

  [Symbol.dispose](): void {
    if (this.#closed || this.#fd === null) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}
