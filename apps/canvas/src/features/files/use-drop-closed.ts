"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import type { OpenFile } from "./editor/open-files.ts";
import type { Place } from "./file-url.ts";
import { fileKey } from "./queries.ts";

/**
 * Lets go of files that are open no more: opened again, they are read again. Only once nothing shows them: taken away
 * under a view that does, they would be asked for once more, perhaps at a path where nothing is any longer.
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
