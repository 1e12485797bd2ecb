import { statfs } from "node:fs/promises";
import { DATA_ROOTS, type DaemonBoot, type DaemonStatus, type FileRoot } from "@berth/domain";
import type { AgentProcess } from "../agent/agent-process.ts";
import type { Root } from "../files/root.ts";
import { type ComputeReading, readCompute } from "./compute.ts";
import { ProcessTree, readProcessesTogether } from "./process-tree.ts";

export interface StatusSources {
  boot: DaemonBoot;
  roots: ReadonlyMap<FileRoot, Root>;
  agent: AgentProcess;
  configsRefilled: boolean;
}

export class StatusReader {
  readonly #sources: StatusSources;
  readonly #startedAt = new Date().toISOString();
  readonly #tree = new ProcessTree(process.pid, process.ppid === 1, readProcessesTogether);
  #last: ComputeReading | undefined;
  #dataBytes: number | null = null;

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  /** Stores the last measured size of the data volume. */
  noteUsage(sizeBytes: number): void {
    this.#dataBytes = sizeBytes;
  }

  async read(): Promise<DaemonStatus> {
    const { boot, agent, configsRefilled } = this.#sources;
    const [compute, disk] = await Promise.all([readCompute(boot.measures, this.#tree), this.#readDisk()]);
    const cpuPercent = cpuPercentBetween(this.#last, compute);
    this.#last = compute;
    return {
      incarnationId: boot.incarnationId,
      startedAt: this.#startedAt,
      agent: agent.state,
      metrics: { cpuPercent, memoryBytes: compute.memoryBytes, ...disk },
      configsRefilled,
    };
  }

  /**
   * Disk usage of the data's file system. On a shared file system the total used says nothing about this workspace, so
   * the last measured size is used instead.
   */
  async #readDisk() {
    const { measures } = this.#sources.boot;
    const isShared = measures === "container" || measures === "processes";
    const disk = await this.#readFileSystem();
    return isShared ? { ...disk, diskUsedBytes: this.#dataBytes } : disk;
  }

  async #readFileSystem() {
    const root = DATA_ROOTS.map((name) => this.#sources.roots.get(name)).find((found) => found !== undefined);
    if (root === undefined) return { diskUsedBytes: null, diskTotalBytes: null };
    try {
      const { bsize, blocks, bfree } = await statfs(root.path);
      return { diskUsedBytes: (blocks - bfree) * bsize, diskTotalBytes: blocks * bsize };
    } catch {
      return { diskUsedBytes: null, diskTotalBytes: null };
    }
  }
}

/** Null for the first reading, and when the counter decreased because a counted process ended. */
function cpuPercentBetween(before: ComputeReading | undefined, now: ComputeReading): number | null {
  if (before?.cpuMicroseconds == null || now.cpuMicroseconds === null || now.atMs <= before.atMs) return null;
  const used = now.cpuMicroseconds - before.cpuMicroseconds;
  if (used < 0) return null;
  return Math.round((used / ((now.atMs - before.atMs) * 1000)) * 1000) / 10;
}
