import { readFile } from "node:fs/promises";
import type { DaemonBoot } from "@berth/domain";

/**
 * Decides which processes belong to the workspace. A container and a machine are its own. On the local backend the network
 * is that of the host, so only descendants of the daemon count, and processes that inherited the instance's variable: a
 * workspace must not reach the database or another workspace's server.
 */
export class OwnProcesses {
  readonly #boot: DaemonBoot;

  constructor(boot: DaemonBoot) {
    this.#boot = boot;
  }

  async includes(pid: number): Promise<boolean> {
    const { measures } = this.#boot;
    if (pid === process.pid) return false;
    if (measures === "container" || measures === "machine") return true;
    for (let next = pid; next > 1; next = await parentOf(next)) {
      // The daemon of the memory backend is the API itself, whose other children are not the workspace's.
      if (next === process.pid) return measures === "processes";
      if (await this.#isMarked(next)) return true;
    }
    return false;
  }

  async #isMarked(pid: number): Promise<boolean> {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    return environment.split("\0").includes(`BERTH_INCARNATION=${this.#boot.incarnationId}`);
  }
}

/** 0 when the process has ended. */
async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) || 0;
}
