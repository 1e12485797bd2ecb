import ELK from "elkjs/lib/elk-api";
import { arrangeAll, arrangeTeam, type LayoutEngine } from "./layout.ts";
import type { Positions } from "./node-model.ts";

// Loaded when somebody first arranges: nobody needs it to see a map.

let engine: LayoutEngine | undefined;

/** The layout library in its worker, kept for the next time: it is 1.6 MB to read. */
function layoutEngine(): LayoutEngine {
  engine ??= new ELK({ workerFactory: () => new Worker(new URL("elkjs/lib/elk-worker.min.js", import.meta.url)) });
  return engine;
}

/** Tidy places for all, or for one lead's team. */
export function arrangedPlaces(nodes: Parameters<typeof arrangeAll>[0], leadId: string | null): Promise<Positions> {
  return leadId === null ? arrangeAll(nodes, layoutEngine()) : arrangeTeam(nodes, leadId, layoutEngine());
}
