"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { draftKey, getDraft } from "./editor/draft-store.ts";
import type { Place } from "./file-url.ts";
import { isLeaving } from "./leaving.ts";
import { fileKey, isFileMissing, type OpenedFile, openFile } from "./queries.ts";

/**
 * Refetches open files that changed in the workspace. A file with unsaved changes keeps the version they are based on,
 * because saving compares the two. A deleted file says so and keeps its last text.
 */
export function useRefreshFiles({ workspaceId, root }: Place): (isChanged: (path: string) => boolean) => void {
  const queryClient = useQueryClient();
  const client = useTRPCClient();
  const actorId = useActor().id;
  /** The latest refetch per path: of two overlapping ones, the earlier must not win. */
  const reads = useRef(new Map<string, number>());
  return useCallback(
    (isChanged) => {
      const place = { workspaceId, root };
      const opened = queryClient.getQueryCache().findAll({ queryKey: fileKey(place, "").slice(0, -1) });
      for (const { queryKey } of opened) {
        const path = String(queryKey.at(-1));
        if (!isChanged(path) || isLeaving(place, path)) continue;
        const hasDraft = () => getDraft(draftKey(actorId, workspaceId, root, path)) !== null;
        const change = (next: (known: OpenedFile) => OpenedFile) =>
          queryClient.setQueryData<OpenedFile>(queryKey, (known) => known && next(known));
        const name = `${root}${path}`;
        const read = (reads.current.get(name) ?? 0) + 1;
        reads.current.set(name, read);
        const isLatest = () => reads.current.get(name) === read;
        const known = queryClient.getQueryData<OpenedFile>(queryKey);
        openFile(client, place, path, known).then(
          (file) => {
            if (!isLatest() || file === known) return;
            change((now) => (hasDraft() && now.kind === "text" ? { ...now, isGone: false } : file));
          },
          (error: unknown) => {
            if (!isLatest() || !isFileMissing(error)) return;
            if (queryClient.getQueryData<OpenedFile>(queryKey)?.kind !== "text")
              void queryClient.resetQueries({ queryKey });
            else change((known) => (known.kind === "text" ? { ...known, isGone: true } : known));
          },
        );
      }
    },
    [queryClient, client, actorId, workspaceId, root],
  );
}
