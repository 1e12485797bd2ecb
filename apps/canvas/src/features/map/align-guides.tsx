"use client";

import { ViewportPortal } from "@xyflow/react";
import { useAlignGuides } from "./align-guide-store.ts";

export function AlignGuides() {
  const guides = useAlignGuides();
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
