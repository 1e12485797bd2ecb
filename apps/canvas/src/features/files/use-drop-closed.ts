"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import type { OpenFile } from "./editor/open-file-store.ts";
import type { Place } from "./file-url.ts";
import { fileKey } from "./queries.ts";

/**
 * Drops closed files from the cache, so that reopening one reads it again. Waits until no component shows a file, because
 * removing its query earlier would refetch it, perhaps at a path that no longer exists.
 */
export function useDropClosed({ workspaceId, root }: Place, files: readonly OpenFile[]): void {
  const cache = useQueryClient().getQueryCache();
  const shown = useUrlPart((state) => state.file);
  useEffect(() => {
    const queryKey = fileKey({ workspaceId, root }, "").slice(0, -1);
    for (const query of cache.findAll({ queryKey, type: "inactive" })) {
      const path = String(query.queryKey.at(-1));
      const isOpen = path === shown || files.some((file) => file.root === root && file.path === path);
      if (!isOpen) cache.remove(query);
    }
  }, [cache, workspaceId, root, files, shown]);
}
