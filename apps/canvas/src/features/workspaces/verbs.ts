"use client";

import type { Workspace } from "@berth/domain";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { problemOf } from "#shared/api/problem.ts";
import { useTRPC } from "#shared/api/trpc.tsx";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { useRefreshWorkspace } from "./queries.ts";

export type MachineVerb = "restart" | "pause" | "resume" | "hibernate" | "wake";

/** One hook for the five verbs that change a machine. The generation fences a second click on a stale page. */
export function useMachineVerb(workspace: Pick<Workspace, "id" | "generation">) {
  const trpc = useTRPC();
  const refresh = useRefreshWorkspace();
  const options = { onSettled: () => refresh(workspace.id) };
  const mutations = {
    restart: useMutation(trpc.workspaces.restart.mutationOptions(options)),
    pause: useMutation(trpc.workspaces.pause.mutationOptions(options)),
    resume: useMutation(trpc.workspaces.resume.mutationOptions(options)),
    hibernate: useMutation(trpc.workspaces.hibernate.mutationOptions(options)),
    wake: useMutation(trpc.workspaces.wake.mutationOptions(options)),
  } as const;
  return {
    request: (verb: MachineVerb, force = false) =>
      mutations[verb].mutateAsync({ id: workspace.id, ifGeneration: workspace.generation, force }),
    pending: (Object.keys(mutations) as MachineVerb[]).find((verb) => mutations[verb].isPending),
  };
}

/** Undoes a delete while the data is kept. */
export function useRestoreWorkspace() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.workspaces.restore.mutationOptions({
      onSettled: () =>
        Promise.all([
          queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter()),
          queryClient.invalidateQueries(trpc.volumes.pathFilter()),
          queryClient.invalidateQueries(trpc.workspaces.pathFilter()),
        ]),
    }),
  );
}

/** Asks for another name when the workspace's own has been taken. @returns whether that was the error. */
export function promptForName(error: unknown, workspaceId: string): boolean {
  if (problemOf(error)?.code !== "name_taken") return false;
  openDialog({ kind: "restore", workspaceId, error });
  return true;
}
