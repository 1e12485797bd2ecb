"use client";

import type { LifecycleVerb } from "@berth/domain";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type MachineVerb, promptForName, useMachineVerb, useRestoreWorkspace } from "#features/workspaces/index.ts";
import { useTRPC } from "#shared/api/trpc.tsx";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import { losesData, VERB_LABELS } from "./verbs.ts";

interface Target {
  id: string;
  generation: number;
}

/**
 * Requests a verb with its safeguards: a verb that loses data is confirmed first, delete opens its dialog, and an error
 * becomes a message. Fetches the workspace's settings when the caller has only its card.
 */
export function useVerb(target: Target) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const machine = useMachineVerb(target);
  const restore = useRestoreWorkspace();
  const [isRequesting, setIsAsking] = useState<LifecycleVerb | null>(null);

  const run = async (verb: LifecycleVerb, force: boolean) => {
    if (verb === "delete") return openDialog({ kind: "delete", workspaceId: target.id });
    if (verb === "restore") return restore.mutateAsync({ id: target.id });
    // A cancelled start has not saved any data yet.
    if (force) return machine.request(verb, true);
    const workspace = await queryClient.fetchQuery(trpc.workspaces.get.queryOptions({ id: target.id }));
    if (isConfirmed(verb) && losesData(verb, workspace.compute)) {
      return openDialog({ kind: "confirm-verb", workspaceId: target.id, verb });
    }
    return machine.request(verb);
  };

  const request = async (verb: LifecycleVerb, { force = false } = {}): Promise<void> => {
    setIsAsking(verb);
    try {
      await run(verb, force);
    } catch (error) {
      if (verb === "restore" && promptForName(error, target.id)) return;
      notifyError(error, `${VERB_LABELS[verb].label} failed.`);
    } finally {
      setIsAsking(null);
    }
  };

  return { request, pending: isRequesting };
}

const isConfirmed = (verb: MachineVerb): verb is "restart" | "hibernate" => verb === "restart" || verb === "hibernate";
