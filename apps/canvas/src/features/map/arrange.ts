import ELK from "elkjs/lib/elk-api";
import { arrangeAll, arrangeTeam, type LayoutEngine } from "./layout.ts";
import type { Positions } from "./node-model.ts";

// Loaded with the first arrange, because showing the map does not need it.

let engine: LayoutEngine | undefined;

/** The layout library in its worker, kept because it is 1.6 MB to load. */
function layoutEngine(): LayoutEngine {
  engine ??= new ELK({ workerFactory: () => new Worker(new URL("elkjs/lib/elk-worker.min.js", import.meta.url)) });
  return engine;
}

/** The new positions of all cards, or of one lead's team. */
export function arrangedPlaces(nodes: Parameters<typeof arrangeAll>[0], leadId: string | null): Promise<Positions> {
  return leadId === null ? arrangeAll(nodes, layoutEngine()) : arrangeTeam(nodes, leadId, layoutEngine());
}
