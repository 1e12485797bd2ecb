"use client";

import { allowedVerbs, type CanvasNode, type LifecycleVerb } from "@berth/domain";
import type { MachineVerb } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { useBatchVerb } from "./use-batch-verb.ts";

export const BATCH_VERBS = ["restart", "pause", "resume", "hibernate", "wake"] as const satisfies MachineVerb[];

/** Those of the selected for whom the verb is possible now. */
export const allowing = (chosen: readonly CanvasNode[], verb: LifecycleVerb): string[] =>
  chosen.filter((node) => allowedVerbs(node.status).includes(verb)).map((node) => node.id);

/** Asks a verb of many, the way people may. */
export function useAskMany() {
  const run = useBatchVerb();
  return (verb: MachineVerb, ids: readonly string[]): void => {
    // These two can lose files of workspaces that keep none: the dialog says which.
    if (verb === "restart" || verb === "hibernate") openDialog({ kind: "batch-verb", workspaceIds: ids, verb });
    else void run(verb, ids);
  };
}
