"use client";

import { create } from "zustand";

const EMPTY: ReadonlySet<string> = new Set();

/** The workspaces that batch verbs apply to. The list's checkboxes and the map's box select share it. */
export const useSelectionStore = create<{ ids: ReadonlySet<string> }>(() => ({ ids: EMPTY }));

export const useSelection = (): ReadonlySet<string> => useSelectionStore(({ ids }) => ids);
export const useIsSelected = (id: string): boolean => useSelectionStore(({ ids }) => ids.has(id));
export const selectedIds = (): ReadonlySet<string> => useSelectionStore.getState().ids;

export function select(ids: Iterable<string>): void {
  const next = new Set(ids);
  if (!isSame(next, selectedIds())) useSelectionStore.setState({ ids: next.size === 0 ? EMPTY : next });
}

export const clearSelection = (): void => select([]);

/** Toggles one workspace and leaves the others. */
export function toggleSelected(id: string): void {
  const next = new Set(selectedIds());
  if (!next.delete(id)) next.add(id);
  select(next);
}

export const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((id) => other.has(id));
