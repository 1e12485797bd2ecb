"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { draftKey, getDraft } from "./editor/drafts.ts";
import type { Place } from "./file-url.ts";
import { fileKey, openFile } from "./queries.ts";

/**
 * Reads opened files anew that changed in the workspace. One with unsaved changes stays as it is: its text was made from
 * the version that is known, and saving compares the two.
 */
export function useRefreshFiles({ workspaceId, root }: Place): (isChanged: (path: string) => boolean) => void {
  const queryClient = useQueryClient();
  const client = useTRPCClient();
  const actorId = useActor().id;
  return useCallback(
    (isChanged) => {
      const place = { workspaceId, root };
      const opened = queryClient.getQueryCache().findAll({ queryKey: fileKey(place, "").slice(0, -1) });
      for (const { queryKey } of opened) {
        const path = String(queryKey.at(-1));
        const hasDraft = () => getDraft(draftKey(actorId, workspaceId, root, path)) !== null;
        if (!isChanged(path) || hasDraft()) continue;
        openFile(client, place, path).then(
          (file) => {
            if (!hasDraft()) queryClient.setQueryData(fileKey(place, path), file);
          },
          // It is gone, or cannot be read now: what is shown is what was there last, and saving will say so.
          () => undefined,
        );
      }
    },
    [queryClient, client, actorId, workspaceId, root],
  );
}
