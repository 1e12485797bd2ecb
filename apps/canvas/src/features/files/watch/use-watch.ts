"use client";

import { LIMITS, type Workspace, watchableFolders } from "@berth/domain";
import { useEffect, useSyncExternalStore } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { Coalescer } from "#shared/live/coalescer.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import type { Place } from "../file-url.ts";
import { isWithin, joinPath, parentOf } from "../paths.ts";
import type { TreeStore } from "../tree/tree-store.ts";
import { FolderWatch } from "./folder-watch.ts";

const RELOAD_PAUSE_MILLISECONDS = 150;
const FOLLOW_PAUSE_MILLISECONDS = 250;

/**
 * Keeps the tree up to date while it is visible. A hidden page holds no connection, since browsers allow only a few, and
 * rereads what may have changed when it returns.
 */
export function useWatch(
  workspace: Pick<Workspace, "status" | "generation">,
  place: Place,
  store: TreeStore,
  onFileChanged: (isChanged: (path: string) => boolean) => void,
): void {
  const client = useTRPCClient();
  const isTabShown = useUrlPart((state) => state.tab === "files");
  const isPageShown = useIsPageShown();
  const isWatching = isTabShown && isPageShown && workspace.status !== "deleted";
  const machine = `${workspace.status} ${workspace.generation}`;
  const { workspaceId, root } = place;

  useEffect(() => {
    // A dependency, because a new machine or status needs a new watch.
    if (!isWatching || machine === "") return;
    const reloads = new Coalescer<string>(async (paths) => {
      await Promise.all([...paths].map((path) => store.reload(path)));
    }, RELOAD_PAUSE_MILLISECONDS);
    const watch = new FolderWatch(
      (paths, handlers) =>
        client.files.watch.subscribe(
          { workspaceId, root, paths: [...paths] },
          { onData: handlers.onMessage, onError: handlers.onEnd, onComplete: handlers.onEnd },
        ),
      {
        onWatching: (paths) => {
          for (const path of paths) if (store.isRead(path)) reloads.add(path);
          // No event reports what changed between reading an open file and now.
          const begun = new Set(paths);
          onFileChanged((file) => begun.has(parentOf(file)));
        },
        onChanged: (path, names) => {
          reloads.add(path);
          const changed = names && new Set(names.map((name) => joinPath(path, name)));
          onFileChanged((file) => (changed ? changed.has(file) : isWithin(file, path)));
        },
      },
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => watch.follow(watchableFolders(store.shownFolders(LIMITS.watchedFoldersMax))),
        FOLLOW_PAUSE_MILLISECONDS,
      );
    };
    follow();
    const unsubscribe = store.subscribe(follow);
    return () => {
      clearTimeout(timer);
      unsubscribe();
      watch.stop();
      reloads.stop();
    };
  }, [client, store, workspaceId, root, machine, isWatching, onFileChanged]);
}

function subscribeToVisibility(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

const useIsPageShown = (): boolean =>
  useSyncExternalStore(
    subscribeToVisibility,
    () => document.visibilityState === "visible",
    () => true,
  );
