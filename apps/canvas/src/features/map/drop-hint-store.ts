"use client";

import { create } from "zustand";
import type { Destination } from "./drag-plan.ts";

/** What a drop now would do; the target card or frame shows it, and so does a line above the map. */
export interface DropHint extends Destination {
  /** The cards that would change their team. */
  ids: readonly string[];
  words: string;
}

const useDropHintStore = create<{ hint: DropHint | null }>(() => ({ hint: null }));

export const useDropHint = (): DropHint | null => useDropHintStore(({ hint }) => hint);
export const dropHint = (): DropHint | null => useDropHintStore.getState().hint;
export const setDropHint = (hint: DropHint | null): void => useDropHintStore.setState({ hint });

/** Subscribed per card, so that a hint renders two cards and not all. */
export const useIsDropTarget = (id: string): boolean =>
  useDropHintStore(({ hint }) => hint?.leadId === id && hint.isOnCard);
