"use client";

import { allowedVerbs, type CanvasNode, type LifecycleVerb } from "@berth/domain";
import type { MachineVerb } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { useBatchVerb } from "./use-batch-verb.ts";

export const BATCH_VERBS = ["restart", "pause", "resume", "hibernate", "wake"] as const satisfies MachineVerb[];

/** The selected workspaces that can run the verb now. */
export const allowing = (chosen: readonly CanvasNode[], verb: LifecycleVerb): string[] =>
  chosen.filter((node) => allowedVerbs(node.status).includes(verb)).map((node) => node.id);

/** Requests a verb for many workspaces, with its confirmations. */
export function useRequestMany() {
  const run = useBatchVerb();
  return (verb: MachineVerb, ids: readonly string[]): void => {
    // These two verbs can lose files of ephemeral workspaces: the dialog lists them.
    if (verb === "restart" || verb === "hibernate") openDialog({ kind: "batch-verb", workspaceIds: ids, verb });
    else void run(verb, ids);
  };
}
