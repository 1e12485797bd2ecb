"use client";

import type { FileRoot } from "@berth/domain";
import { FILE_ROOTS } from "@berth/domain";
import { useMemo } from "react";
import { create } from "zustand";
import { readLocal, writeLocal } from "#shared/storage/local.ts";
import { afterMove, isWithin } from "../paths.ts";

export interface OpenFile {
  root: FileRoot;
  path: string;
}

export const isSameFile = (one: OpenFile, other: OpenFile): boolean =>
  one.root === other.root && one.path === other.path;

type OpenFiles = readonly OpenFile[];

const OPEN_MAX = 30;
const NONE: OpenFiles = [];

/** The lists changed since the page was loaded, by storage key. The others are in browser storage. */
const useOpenFileStore = create<{ changed: ReadonlyMap<string, OpenFiles> }>(() => ({ changed: new Map() }));

/** Lists read from browser storage. A list keeps its identity, so that an unchanged one renders nothing. */
const read = new Map<string, OpenFiles>();

function listIn(changed: ReadonlyMap<string, OpenFiles>, key: string): OpenFiles {
  const known = changed.get(key) ?? read.get(key);
  if (known) return known;
  const stored = readLocal(key, asList) ?? NONE;
  read.set(key, stored);
  return stored;
}

function change(key: string, next: (files: OpenFiles) => OpenFiles): void {
  const before = listIn(useOpenFileStore.getState().changed, key);
  const files = next(before);
  if (files === before) return;
  writeLocal(key, files);
  useOpenFileStore.setState(({ changed }) => ({ changed: new Map(changed).set(key, files) }));
}

const asList = (value: unknown): OpenFiles | undefined =>
  Array.isArray(value)
    ? value.filter((one) => FILE_ROOTS.includes(one?.root) && typeof one?.path === "string")
    : undefined;

/** The files open as tabs in one workspace: per person, kept over reloads. */
export function useOpenFiles(actorId: string, workspaceId: string) {
  const key = `berth:open-files:${actorId}:${workspaceId}`;
  const files = useOpenFileStore(({ changed }) => listIn(changed, key));
  const actions = useMemo(
    () => ({
      open: (file: OpenFile) =>
        change(key, (list) => (list.some((one) => isSameFile(one, file)) ? list : [...list, file].slice(-OPEN_MAX))),
      close: (file: OpenFile) => change(key, (list) => list.filter((one) => !isSameFile(one, file))),
      /** Closes every file at or below a deleted path. */
      closeWithin: (root: FileRoot, path: string) =>
        change(key, (list) => list.filter((one) => one.root !== root || !isWithin(one.path, path))),
      follow: (root: FileRoot, from: string, to: string) =>
        change(key, (list) =>
          list.map((one) => (one.root === root ? { ...one, path: afterMove(one.path, from, to) } : one)),
        ),
    }),
    [key],
  );
  return { files, ...actions };
}

/** The tab to select when one closes: its right neighbour, else its left one. */
export function tabAfterClosing(files: readonly OpenFile[], closed: OpenFile): OpenFile | null {
  const at = files.findIndex((file) => isSameFile(file, closed));
  return files[at + 1] ?? files[at - 1] ?? null;
}
