import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import { Root } from "../root.ts";
import { openScratchFolder } from "../scratch-folder.ts";
import { writeFile as writeThroughRoot } from "../write-file.ts";

/** A root in a temporary folder, next to an "outside" folder that must stay unreachable. */
export class TemporaryRoot implements AsyncDisposable {
  readonly directory: string;
  readonly root: Root;
  readonly outside: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.root = new Root("/workspace", join(directory, "root"));
    this.outside = join(directory, "outside");
  }

  static async make(): Promise<TemporaryRoot> {
    const made = new TemporaryRoot(await mkdtemp(join(tmpdir(), "berth-root-")));
    await mkdir(made.root.path);
    await mkdir(made.outside);
    await writeFile(join(made.outside, "secret"), "outside");
    return made;
  }

  path(path: string): WorkspacePath {
    return parseWorkspacePath("/workspace", path);
  }

  /** The path on the disk. */
  disk(path: string): string {
    return join(this.root.path, path);
  }

  /** Creates the daemon's scratch folder, as during an unfinished write. */
  async makeScratch(): Promise<void> {
    using top = await this.root.open();
    const { directory } = await openScratchFolder(top);
    directory[Symbol.dispose]();
  }

  /** Writes directly to the disk, like the workspace's command. */
  async put(path: string, content: string | Buffer = ""): Promise<void> {
    await mkdir(dirname(this.disk(path)), { recursive: true });
    await writeFile(this.disk(path), content);
  }

  /** Writes like the API. */
  write(path: string, content: string, { createParents = true, ifMatch = null as string | null } = {}) {
    return writeThroughRoot(this.root, this.path(path), oneChunk(content), {
      ifMatch,
      ifNoneMatch: null,
      createParents,
    });
  }

  read(path: string): Promise<string> {
    return readFile(this.disk(path), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Node's `rm` fails on paths that are too long for one call.
    await promisify(execFile)("rm", ["-rf", this.directory]);
  }
}

export async function* oneChunk(content: string | Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}

export const problem = (code: string) => ({ problem: { code } });
