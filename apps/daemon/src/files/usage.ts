import type { Root } from "./root.ts";
import { walkTree } from "./tree-walk.ts";

const BLOCK_BYTES = 512;
const TIME_MS_MAX = 60_000;

export interface Usage {
  sizeBytes: number;
  /** False when the time limit was reached or an entry was unreadable: `sizeBytes` is then a lower bound. */
  complete: boolean;
}

/** The disk usage of the roots. Reads one entry at a time, so that measuring does not slow the workspace down. */
export async function measureUsage(roots: readonly Root[], signal: AbortSignal): Promise<Usage> {
  const deadline = performance.now() + TIME_MS_MAX;
  const counted = new Set<string>();
  let sizeBytes = 0;
  let complete = true;
  for (const root of roots) {
    using top = await root.open();
    for await (const { stats } of walkTree(top, { hideReserved: false })) {
      if (signal.aborted || performance.now() > deadline) return { sizeBytes, complete: false };
      if (stats === null) complete = false;
      // Hard links use their space once.
      else if (stats.nlink < 2n || stats.isDirectory() || isNew(counted, `${stats.dev}:${stats.ino}`))
        sizeBytes += Number(stats.blocks) * BLOCK_BYTES;
    }
  }
  return { sizeBytes, complete };
}

function isNew(counted: Set<string>, key: string): boolean {
  if (counted.has(key)) return false;
  counted.add(key);
  return true;
}
