import { lstat } from "node:fs/promises";
import type { EntryName } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";

/** Enough for ordinary trees, so no folder is opened twice; few enough to leave descriptors for other work. */
const KEPT_OPEN = 128;

interface Step {
  readonly name: EntryName;
  directory: OpenDirectory | null;
  /** Device and inode, known once the folder has been closed. */
  identity: string;
}

/**
 * The path from one folder down to a descendant. However deep it is, only the last folders stay open. A closed ancestor
 * is reopened through `..` and must be the same folder as before. No path is longer than one name.
 */
export class DirectoryTrail implements Disposable {
  readonly #top: OpenDirectory;
  readonly #steps: Step[] = [];
  /** The folders before this index are closed. */
  #firstOpen = 0;

  /** @param top the caller closes it. */
  constructor(top: OpenDirectory) {
    this.#top = top;
  }

  get here(): OpenDirectory {
    return this.#steps.at(-1)?.directory ?? this.#top;
  }

  get depth(): number {
    return this.#steps.length;
  }

  get names(): readonly EntryName[] {
    return this.#steps.map((step) => step.name);
  }

  nameAt(depth: number): EntryName | undefined {
    return this.#steps[depth]?.name;
  }

  /** @throws as `openChild`; the trail is then unchanged. */
  async enter(name: EntryName): Promise<void> {
    const directory = await this.here.openChild(name);
    this.#steps.push({ name, directory, identity: "" });
    const oldest = this.#steps[this.#firstOpen];
    if (this.#steps.length - this.#firstOpen <= KEPT_OPEN || !oldest?.directory?.isReopenable) return;
    oldest.identity = await identityOf(oldest.directory);
    oldest.directory[Symbol.dispose]();
    oldest.directory = null;
    this.#firstOpen += 1;
  }

  /** @throws ENOENT when the parent is a different folder than before, because the tree was moved during the walk. */
  async leave(): Promise<void> {
    const left = this.#steps.pop();
    const above = this.#steps.at(-1);
    try {
      if (left?.directory && above && above.directory === null) {
        const reopened = await left.directory.openChild("..");
        above.directory = reopened;
        this.#firstOpen = this.#steps.length - 1;
        if ((await identityOf(reopened)) !== above.identity) throw moved();
      }
    } finally {
      left?.directory?.[Symbol.dispose]();
      this.#firstOpen = Math.min(this.#firstOpen, this.#steps.length);
    }
  }

  [Symbol.dispose](): void {
    for (const { directory } of this.#steps) directory?.[Symbol.dispose]();
    this.#steps.length = 0;
    this.#firstOpen = 0;
  }
}

async function identityOf(directory: OpenDirectory): Promise<string> {
  const { dev, ino } = await lstat(directory.self, { bigint: true });
  return `${dev}:${ino}`;
}

const moved = (): Error =>
  Object.assign(new Error("ENOENT: a folder was moved while what is in it was read"), {
    code: "ENOENT",
    syscall: "open",
  });
