"use client";

import type { FileRoot } from "@berth/domain";
import { FILE_ROOTS } from "@berth/domain";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { readLocal, writeLocal } from "#shared/storage/local.ts";
import { afterMove, isWithin } from "../paths.ts";

export interface OpenFile {
  root: FileRoot;
  path: string;
}

export const isSameFile = (one: OpenFile, other: OpenFile): boolean =>
  one.root === other.root && one.path === other.path;

const OPEN_MAX = 30;
const NONE: OpenFile[] = [];
const lists = new Map<string, OpenFile[]>();
const listeners = new Set<() => void>();

function read(key: string): OpenFile[] {
  let list = lists.get(key);
  if (!list) {
    list = readLocal(key, asList) ?? NONE;
    lists.set(key, list);
  }
  return list;
}

function write(key: string, list: OpenFile[]): void {
  lists.set(key, list);
  writeLocal(key, list);
  for (const listener of listeners) listener();
}

const asList = (value: unknown): OpenFile[] | undefined =>
  Array.isArray(value)
    ? value.filter((one) => FILE_ROOTS.includes(one?.root) && typeof one?.path === "string")
    : undefined;

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The files open as tabs in one workspace: per person, kept over reloads. */
export function useOpenFiles(actorId: string, workspaceId: string) {
  const key = `berth:open-files:${actorId}:${workspaceId}`;
  const files = useSyncExternalStore(
    subscribe,
    useCallback(() => read(key), [key]),
    () => NONE,
  );
  const change = useMemo(
    () => ({
      open: (file: OpenFile) => {
        const list = read(key);
        if (!list.some((one) => isSameFile(one, file))) write(key, [...list, file].slice(-OPEN_MAX));
      },
      close: (file: OpenFile) =>
        write(
          key,
          read(key).filter((one) => !isSameFile(one, file)),
        ),
      /** Closes every file at or below a deleted path. */
      closeWithin: (root: FileRoot, path: string) =>
        write(
          key,
          read(key).filter((one) => one.root !== root || !isWithin(one.path, path)),
        ),
      follow: (root: FileRoot, from: string, to: string) =>
        write(
          key,
          read(key).map((one) => (one.root === root ? { ...one, path: afterMove(one.path, from, to) } : one)),
        ),
    }),
    [key],
  );
  return { files, ...change };
}

/** The tab to select when one closes: its right neighbour, else its left one. */
export function tabAfterClosing(files: readonly OpenFile[], closed: OpenFile): OpenFile | null {
  const at = files.findIndex((file) => isSameFile(file, closed));
  return files[at + 1] ?? files[at - 1] ?? null;
}
