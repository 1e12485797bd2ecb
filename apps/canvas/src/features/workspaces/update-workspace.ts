"use client";

import type { UpdateWorkspaceInput } from "@berth/domain";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { remember } from "#shared/undo/undo.ts";
import type { Change } from "#shared/undo/undo-stack.ts";
import { useRefreshWorkspace } from "./queries.ts";
import { describeUpdate, valuesBefore } from "./update-text.ts";

/** What a workspace's card is changed to: shown at once, taken back when the server refuses. */
export type CardChange = Omit<UpdateWorkspaceInput, "id">;

type Along = Pick<Change, "undo" | "redo">;

/** Writes changes without remembering them. */
function useWriteUpdate() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const mapKey = trpc.canvas.snapshot.queryKey();
  const keyOf = (id: string) => trpc.workspaces.get.queryKey({ id });

  /** How the same things are now, and whom they belong to. */
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

  /** @throws what the server says; the change is then taken back. */
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

/** Changes name, role, team or collapse of one workspace. Ctrl+Z takes it back, also before the answer is there. */
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
      // What was refused never happened.
      await isPut.catch((error) => {
        forget();
        throw error;
      });
    },
  });
}

/**
 * Moves several workspaces to other teams or places as one change. What the server refuses stays where it was and is
 * told.
 */
export function useMoveTogether() {
  const { lookBefore, write } = useWriteUpdate();
  const refresh = useRefreshWorkspace();

  /** @returns those that were moved. */
  const putAll = async (inputs: readonly UpdateWorkspaceInput[]): Promise<UpdateWorkspaceInput[]> => {
    const results = await Promise.allSettled(inputs.map((input) => write(input)));
    const [first] = inputs;
    if (first) await refresh(first.id);
    for (const result of results) if (result.status === "rejected") notifyError(result.reason, "It was not moved.");
    return inputs.filter((_input, at) => results[at]?.status === "fulfilled");
  };

  return async (
    inputs: readonly UpdateWorkspaceInput[],
    what: string,
    /** What else belongs to the same change, such as the places of those who came along. */
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
