"use client";

import { createStore, useStored } from "../store/store.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** The workspaces that batch verbs apply to. The list's checkboxes and the map's box select share it. */
export const selection = createStore<ReadonlySet<string>>(NOTHING);

export const useSelection = (): ReadonlySet<string> => useStored(selection);

export function select(ids: Iterable<string>): void {
  const next = new Set(ids);
  if (!isSame(next, selection.get())) selection.set(next.size === 0 ? NOTHING : next);
}

export const clearSelection = (): void => selection.set(NOTHING);

/** Toggles one workspace and leaves the others. */
export function toggleSelected(id: string): void {
  const next = new Set(selection.get());
  if (!next.delete(id)) next.add(id);
  select(next);
}

export const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((id) => other.has(id));
