"use client";

import { create } from "zustand";
import type { Guide } from "./align.ts";

const NONE: readonly Guide[] = [];

/** The lines that the dragged card is aligned with. */
const useAlignGuideStore = create<{ guides: readonly Guide[] }>(() => ({ guides: NONE }));

/** Most moves align with nothing: an empty list keeps its identity, so they render nothing. */
export const showGuides = (guides: readonly Guide[]): void =>
  useAlignGuideStore.setState({ guides: guides.length === 0 ? NONE : guides });

export const useAlignGuides = (): readonly Guide[] => useAlignGuideStore(({ guides }) => guides);
