import { randomUUID } from "node:crypto";
import { mkdir, rmdir } from "node:fs/promises";
import { DomainError, RESERVED_NAME } from "@berth/domain";
import { KeyedLock } from "./keyed-lock.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";
import type { Root } from "./root.ts";

const UPLOADS = "uploads";
export const TEMPORARY_PREFIX = "tmp-";

/** Who uses a root's scratch folder now: the last one to leave removes it when it is empty. */
const users = new WeakMap<Root, number>();
const locks = new KeyedLock();

/**
 * `.berth` at the top of a root: unfinished files lie on the same file system as where they go, so that a rename puts
 * them in place. It exists only while something is in it.
 */
export class Scratch implements AsyncDisposable {
  readonly directory: OpenDirectory;
  readonly #root: Root;

  private constructor(root: Root, directory: OpenDirectory) {
    this.#root = root;
    this.directory = directory;
  }

  static open(root: Root): Promise<Scratch> {
    return locks.run(root.name + root.path, async () => {
      using top = await root.open();
      const directory = await makeAndOpen(top, RESERVED_NAME);
      users.set(root, (users.get(root) ?? 0) + 1);
      return new Scratch(root, directory);
    });
  }

  /** A new name for an unfinished file or folder. */
  temporaryName(): string {
    return TEMPORARY_PREFIX + randomUUID();
  }

  openUploads(): Promise<OpenDirectory> {
    return makeAndOpen(this.directory, UPLOADS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await locks.run(this.#root.name + this.#root.path, async () => {
      const others = (users.get(this.#root) ?? 1) - 1;
      users.set(this.#root, others);
      if (others === 0) {
        await rmdir(this.directory.child(UPLOADS)).catch(() => {});
        this.directory[Symbol.dispose]();
        using top = await this.#root.open();
        // Kept uploads, or a root that is gone: either way nothing to do here.
        await rmdir(top.child(RESERVED_NAME)).catch(() => {});
      } else this.directory[Symbol.dispose]();
    });
  }
}

async function makeAndOpen(parent: OpenDirectory, name: string): Promise<OpenDirectory> {
  try {
    await mkdir(parent.child(name), 0o700);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  try {
    return await parent.openChild(name);
  } catch (error) {
    if (errorCode(error) !== "ENOTDIR" && errorCode(error) !== "ELOOP") throw error;
    const message = `"${RESERVED_NAME}" in this root is not a folder. Remove it inside the workspace and try again.`;
    throw new DomainError("path_not_allowed", message, { cause: error });
  }
}
