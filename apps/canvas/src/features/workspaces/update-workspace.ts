"use client";

import type { UpdateWorkspaceInput } from "@berth/domain";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { remember } from "#shared/undo/undo.ts";
import type { Change } from "#shared/undo/undo-stack.ts";
import { useRefreshWorkspace } from "./queries.ts";
import { describeUpdate, valuesBefore } from "./update-text.ts";

/** A change to a workspace's card: shown at once, and reverted when the server refuses it. */
export type CardChange = Omit<UpdateWorkspaceInput, "id">;

type Along = Pick<Change, "undo" | "redo">;

/** Writes changes without recording them for undo. */
function useWriteUpdate() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const mapKey = trpc.canvas.snapshot.queryKey();
  const keyOf = (id: string) => trpc.workspaces.get.queryKey({ id });

  /** The current values of the changed fields, and the workspace's name. */
  const lookBefore = ({ id, ...change }: UpdateWorkspaceInput): { before: CardChange; name: string } => {
    const known =
      queryClient.getQueryData(mapKey)?.nodes.find((node) => node.id === id) ?? queryClient.getQueryData(keyOf(id));
    return { before: known ? valuesBefore(known, change) : {}, name: known?.name ?? "the workspace" };
  };

  const show = (id: string, values: CardChange) => {
    const shown = definedOnly(values);
    queryClient.setQueryData(keyOf(id), (workspace) => workspace && { ...workspace, ...shown });
    queryClient.setQueryData(
      mapKey,
      (map) => map && { ...map, nodes: map.nodes.map((node) => (node.id === id ? { ...node, ...shown } : node)) },
    );
  };

  /** @throws the server's error; the change is then reverted. */
  const write = async (input: UpdateWorkspaceInput): Promise<void> => {
    const { id, ...change } = input;
    const { before } = lookBefore(input);
    await Promise.all([
      queryClient.cancelQueries({ queryKey: keyOf(id) }),
      queryClient.cancelQueries({ queryKey: mapKey }),
    ]);
    show(id, change);
    try {
      await client.workspaces.update.mutate(input);
    } catch (error) {
      show(id, before);
      throw error;
    }
  };

  return { lookBefore, write };
}

/** Changes one workspace's name, role, team or collapsed state. Ctrl+Z undoes it, even before the response. */
export function useUpdateWorkspace() {
  const { lookBefore, write } = useWriteUpdate();
  const refresh = useRefreshWorkspace();
  const put = async (input: UpdateWorkspaceInput) => {
    try {
      await write(input);
    } finally {
      await refresh(input.id);
    }
  };
  return useMutation({
    mutationFn: async (input: UpdateWorkspaceInput) => {
      const { id, ...change } = input;
      const { before, name } = lookBefore(input);
      const isPut = put(input);
      const forget = remember({
        what: describeUpdate(name, change, before),
        undo: () => isPut.then(() => put({ id, ...before })),
        redo: () => put(input),
      });
      // A refused change is removed from the history.
      await isPut.catch((error) => {
        forget();
        throw error;
      });
    },
  });
}

/** Moves several workspaces to other teams or positions as one change. A refused move is reverted and reported. */
export function useMoveTogether() {
  const { lookBefore, write } = useWriteUpdate();
  const refresh = useRefreshWorkspace();

  /** @returns the workspaces that were moved. */
  const putAll = async (inputs: readonly UpdateWorkspaceInput[]): Promise<UpdateWorkspaceInput[]> => {
    const results = await Promise.allSettled(inputs.map((input) => write(input)));
    const [first] = inputs;
    if (first) await refresh(first.id);
    for (const result of results) if (result.status === "rejected") notifyError(result.reason, "Move failed.");
    return inputs.filter((_input, at) => results[at]?.status === "fulfilled");
  };

  return async (
    inputs: readonly UpdateWorkspaceInput[],
    what: string,
    /** Further parts of the same change, such as positions of team members. */
    along?: Along,
  ): Promise<{ movedCount: number }> => {
    const back = new Map(inputs.map((input) => [input.id, { id: input.id, ...lookBefore(input).before }]));
    const isPut = putAll(inputs);
    const forget = remember({
      what,
      undo: async () => {
        const moved = await isPut;
        await putAll(moved.map(({ id }) => back.get(id) ?? { id }));
        await along?.undo();
      },
      redo: async () => {
        await putAll(await isPut);
        await along?.redo();
      },
    });
    const movedCount = (await isPut).length;
    if (movedCount === 0) forget();
    return { movedCount };
  };
}

const definedOnly = <T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
