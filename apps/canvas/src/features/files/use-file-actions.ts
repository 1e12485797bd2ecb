"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { draftKey, getDraft, setDraft } from "./editor/draft-store.ts";
import { forgetEditor } from "./editor/editor-memory.ts";
import type { useOpenFiles } from "./editor/open-file-store.ts";
import type { Place } from "./file-url.ts";
import { leave } from "./leaving.ts";
import { afterMove, isWithin, parentOf } from "./paths.ts";
import {
  fileKey,
  type OpenedFile,
  openFile,
  useDeleteFile,
  useMakeDirectory,
  useMoveFile,
  useWriteFile,
} from "./queries.ts";
import type { TreeStore } from "./tree/tree-store.ts";
import { useDropClosed } from "./use-drop-closed.ts";

/** File actions with their follow-ups: they update the tree, the open tabs and the drafts. */
export function useFileActions(place: Place, store: TreeStore, openFiles: ReturnType<typeof useOpenFiles>) {
  const actorId = useActor().id;
  const queryClient = useQueryClient();
  const client = useTRPCClient();
  useDropClosed(place, openFiles.files);
  const write = useWriteFile();
  const makeDirectory = useMakeDirectory();
  const move = useMoveFile();
  const remove = useDeleteFile();

  const openWithin = (path: string) =>
    openFiles.files.filter((file) => file.root === place.root && isWithin(file.path, path));
  const keyOf = (path: string) => draftKey(actorId, place.workspaceId, place.root, path);

  const forgetFile = (path: string) => {
    setDraft(keyOf(path), null);
    forgetEditor(keyOf(path));
  };

  /** A move alone changes a file's version. Unsaved text keeps its base unless the content changed too. */
  const carryDraft = async (from: string, to: string) => {
    const draft = getDraft(keyOf(from));
    const base = queryClient.getQueryData<OpenedFile>(fileKey(place, from));
    forgetFile(from);
    if (!draft) return;
    setDraft(keyOf(to), draft);
    const now = await openFile(client, place, to).catch(() => null);
    if (now?.kind !== "text" || base?.kind !== "text" || base.etag !== draft.etag || base.text !== now.text) return;
    queryClient.setQueryData<OpenedFile>(fileKey(place, to), now);
    const typed = getDraft(keyOf(to));
    if (typed) setDraft(keyOf(to), { ...typed, etag: now.etag });
  };

  return {
    createFile: async (path: string) => {
      await write.mutateAsync({ ...place, path, content: "", ifMatch: "*" });
      await store.reload(parentOf(path));
      await store.reveal(path);
    },
    createFolder: async (path: string) => {
      await makeDirectory.mutateAsync({ ...place, path });
      await store.reload(parentOf(path));
      await store.reveal(path);
    },
    /** Folders that already exist count as created. */
    createFolders: async (paths: readonly string[]) => {
      await Promise.allSettled(paths.map((path) => makeDirectory.mutateAsync({ ...place, path })));
      await store.reloadAll();
    },
    moveTo: async (from: string, to: string) => {
      await leave(place, from, () => move.mutateAsync({ ...place, from, to }));
      await Promise.all(openWithin(from).map(({ path }) => carryDraft(path, afterMove(path, from, to))));
      openFiles.follow(place.root, from, to);
      store.forget(from);
      await Promise.all([...new Set([parentOf(from), parentOf(to)])].map((folder) => store.reload(folder)));
      await store.reveal(to);
    },
    /** @returns the entry next to the removed one. */
    removePath: async (path: string, isFolder: boolean): Promise<string> => {
      const neighbour = store.neighbourOf(path);
      await leave(place, path, () => remove.mutateAsync({ ...place, path, recursive: isFolder }));
      for (const file of openWithin(path)) forgetFile(file.path);
      openFiles.closeWithin(place.root, path);
      store.forget(path);
      await store.reload(parentOf(path));
      return neighbour;
    },
  };
}
