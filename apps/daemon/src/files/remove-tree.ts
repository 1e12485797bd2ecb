import { rmdir, unlink } from "node:fs/promises";
import { DomainError } from "@berth/domain";
import { DirectoryTrail } from "./directory-trail.ts";
import { type EntryName, readNames, showName } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";
import { withoutScratch } from "./scratch-folder.ts";

const FAILURES_NAMED = 5;

interface EmptyOptions {
  keepReserved: boolean;
  /** The folder's path as the caller gave it. */
  shownAs: string;
}

/** Removes a folder with everything in it. @throws as `emptyFolder`. */
export async function removeFolder(parent: OpenDirectory, name: string, shownAs: string): Promise<void> {
  {
    using folder = await parent.openChild(name);
    await emptyFolder(folder, { keepReserved: false, shownAs });
  }
  await rmdir(parent.child(name));
}

/**
 * Removes everything in a folder of any depth, with names of any bytes. Removes links and never follows them. Works on
 * one entry at a time, so it uses one thread of the pool. Continues after entries that cannot be removed.
 *
 * @throws DomainError `forbidden` that names what is left and what to do about it.
 */
export async function emptyFolder(directory: OpenDirectory, { keepReserved, shownAs }: EmptyOptions): Promise<void> {
  using trail = new DirectoryTrail(directory);
  const all = await readNames(directory);
  const names = keepReserved ? await withoutScratch(directory, all) : all;
  const removal = new Removal(trail, names, shownAs);
  while (await removal.step());
  removal.throwIfIncomplete();
}

interface Failure {
  path: string;
  code: string;
}

/** One folder on the path down: its remaining names, and the failure count when it was entered. */
interface Level {
  names: EntryName[];
  failedBefore: number;
}

class Removal {
  readonly #trail: DirectoryTrail;
  readonly #shownAs: string;
  readonly #levels: Level[];
  readonly #failures: Failure[] = [];
  #failed = 0;

  constructor(trail: DirectoryTrail, names: EntryName[], shownAs: string) {
    this.#trail = trail;
    this.#shownAs = shownAs === "/" ? "" : shownAs;
    this.#levels = [{ names, failedBefore: 0 }];
  }

  /** Removes one entry, enters one folder, or leaves an empty one. Returns false when nothing is left to do. */
  async step(): Promise<boolean> {
    const name = this.#levels.at(-1)?.names.pop();
    if (name === undefined) return await this.#leave();
    try {
      await unlink(this.#trail.here.child(name));
    } catch (error) {
      // The workspace's processes may delete the entry first.
      if (errorCode(error) !== "ENOENT" && !(await this.#enter(name))) this.#note(name, error);
    }
    return true;
  }

  throwIfIncomplete(): void {
    if (this.#failed === 0) return;
    const named = this.#failures.map(({ path, code }) => `${path}: ${remedyOf(code)}`).join(" ");
    const more = this.#failed > this.#failures.length ? ` And ${this.#failed - this.#failures.length} more.` : "";
    throw new DomainError("forbidden", `Not everything could be deleted. ${named}${more}`, {
      details: { left: this.#failures, count: this.#failed },
    });
  }

  /** Returns false when the name is not a folder, so the entry itself cannot be removed. */
  async #enter(name: EntryName): Promise<boolean> {
    try {
      await this.#trail.enter(name);
    } catch (error) {
      if (errorCode(error) === "ENOTDIR" || errorCode(error) === "ELOOP") return false;
      this.#note(name, error);
      return true;
    }
    try {
      this.#levels.push({ names: await readNames(this.#trail.here), failedBefore: this.#failed });
    } catch (error) {
      await this.#trail.leave();
      this.#note(name, error);
    }
    return true;
  }

  async #leave(): Promise<boolean> {
    const left = this.#levels.pop();
    const name = this.#trail.nameAt(this.#trail.depth - 1);
    if (left === undefined || name === undefined) return false;
    await this.#trail.leave();
    if (this.#failed > left.failedBefore) return true;
    try {
      await rmdir(this.#trail.here.child(name));
    } catch (error) {
      this.#note(name, error);
    }
    return true;
  }

  #note(name: EntryName, error: unknown): void {
    const code = errorCode(error);
    if (code === "ENOENT") return;
    if (code === undefined) throw error;
    this.#failed += 1;
    if (this.#failures.length === FAILURES_NAMED) return;
    const names = [...this.#trail.names, name].map(showName);
    this.#failures.push({ path: [this.#shownAs, ...names].join("/"), code });
  }
}

function remedyOf(code: string): string {
  if (code === "EPERM") return 'it may be immutable. As root, clear its flags with "chattr -i -a", then delete again.';
  if (code === "EACCES") return 'the permissions of its folder forbid it. Change them with "chmod u+rwx".';
  if (code === "EBUSY") return "it is a mount point. Unmount it first.";
  if (code === "ENOTEMPTY") return "a program keeps creating files in it. Stop it first.";
  return `the system reports ${code}.`;
}
