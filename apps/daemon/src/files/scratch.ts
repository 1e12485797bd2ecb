import { randomUUID } from "node:crypto";
import { mkdir, rmdir } from "node:fs/promises";
import { KeyedLock } from "@berth/domain";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";
import type { Root } from "./root.ts";
import { closeScratchFolder, openScratchFolder } from "./scratch-folder.ts";

const UPLOADS = "uploads";
const TEMPORARY_PREFIX = "tmp-";
const TEMPORARY_NAME = new RegExp(`^${TEMPORARY_PREFIX}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);

/** True for a name that `temporaryName` can generate. */
export const isTemporaryName = (name: string): boolean => TEMPORARY_NAME.test(name);

const locks = new KeyedLock();

/**
 * A folder with the reserved name at the top of a root. Unfinished files are on the same file system as their targets, so
 * a rename puts them in place. The folder exists only while it has content.
 */
export class Scratch implements AsyncDisposable {
  readonly directory: OpenDirectory;
  readonly #root: Root;
  readonly #name: string;

  private constructor(root: Root, name: string, directory: OpenDirectory) {
    this.#root = root;
    this.#name = name;
    this.directory = directory;
  }

  static open(root: Root): Promise<Scratch> {
    return locks.run(root.name + root.path, async () => {
      using top = await root.open();
      const { name, directory } = await openScratchFolder(top);
      root.scratchUsers += 1;
      return new Scratch(root, name, directory);
    });
  }

  /** A new name for an unfinished file or folder. */
  temporaryName(): string {
    return TEMPORARY_PREFIX + randomUUID();
  }

  openUploads(): Promise<OpenDirectory> {
    return openUploadsFolder(this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await locks.run(this.#root.name + this.#root.path, async () => {
      this.#root.scratchUsers -= 1;
      if (this.#root.scratchUsers === 0) {
        await rmdir(this.directory.child(UPLOADS)).catch(() => {});
        // The folder still holds uploads, or the root is gone: both need no action.
        await closeScratchFolder(this.#root, this.#name, this.directory).catch(() => {});
      }
      this.directory[Symbol.dispose]();
    });
  }
}

async function openUploadsFolder(scratch: OpenDirectory): Promise<OpenDirectory> {
  try {
    await mkdir(scratch.child(UPLOADS), 0o700);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  return await scratch.openChild(UPLOADS);
}
