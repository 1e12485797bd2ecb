import type { LayoutEngine } from "./layout.ts";

let engine: Promise<LayoutEngine> | undefined;

/** The layout library in its worker, loaded (1.6 MB) when somebody first arranges, and kept. */
export function layoutEngine(): Promise<LayoutEngine> {
  engine ??= import("elkjs/lib/elk-api").then(
    ({ default: ELK }) =>
      new ELK({ workerFactory: () => new Worker(new URL("elkjs/lib/elk-worker.min.js", import.meta.url)) }),
  );
  return engine;
}
