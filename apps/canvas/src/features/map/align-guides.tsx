"use client";

import { ViewportPortal } from "@xyflow/react";
import { createStore, useStored } from "#shared/store/store.ts";
import type { Guide } from "./align.ts";

const NONE: readonly Guide[] = [];

/** The lines that the dragged card is aligned with. */
export const alignGuides = createStore<readonly Guide[]>(NONE);

/** Updates only on change: most moves align with nothing. */
export const showGuides = (guides: readonly Guide[]): void => alignGuides.set(guides.length === 0 ? NONE : guides);

export function AlignGuides() {
  const guides = useStored(alignGuides);
  if (guides.length === 0) return null;
  return (
    <ViewportPortal>
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 size-px overflow-visible">
        <path
          d={guides.map(({ from, to }) => `M${from.x} ${from.y}L${to.x} ${to.y}`).join("")}
          stroke="var(--accent)"
          strokeWidth={1}
          strokeDasharray="4 4"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </ViewportPortal>
  );
}
