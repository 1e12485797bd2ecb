"use client";

import type { Workspace } from "@berth/domain";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { cursorOf } from "#shared/api/cursor.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";

const PAGE = 500;

/** Details that the cards lack: sizes, saved data, last seen. Two requests for a thousand workspaces. */
export function useAllWorkspaces() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...trpc.workspaces.list.queryKey({ limit: PAGE }), "all"],
    queryFn: async ({ signal }) => {
      const all = new Map<string, Workspace>();
      let cursor: string | null = null;
      do {
        const page: { items: Workspace[]; nextCursor: string | null } = await client.workspaces.list.query(
          { limit: PAGE, ...cursorOf(cursor) },
          { signal },
        );
        for (const workspace of page.items) all.set(workspace.id, workspace);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return all;
    },
    placeholderData: keepPreviousData,
    structuralSharing: false,
  });
}
