"use client";

import { createStore, useStored } from "../store/store.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** The workspaces that batch verbs mean. The list's marks and the map's box select write to the same place. */
export const selection = createStore<ReadonlySet<string>>(NOTHING);

export const useSelection = (): ReadonlySet<string> => useStored(selection);

export function select(ids: Iterable<string>): void {
  const next = new Set(ids);
  if (!isSame(next, selection.get())) selection.set(next.size === 0 ? NOTHING : next);
}

export const clearSelection = (): void => selection.set(NOTHING);

/** Marks or unmarks one, and leaves the others. */
export function toggleSelected(id: string): void {
  const next = new Set(selection.get());
  if (!next.delete(id)) next.add(id);
  select(next);
}

export const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((id) => other.has(id));
