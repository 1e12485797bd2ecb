"use client";

import { useStore, ViewportPortal } from "@xyflow/react";
import { memo, useMemo } from "react";
import { cx } from "#shared/ui/cx.ts";
import { useDropHint } from "./drag-store.ts";
import { type TeamFrame, teamFrames } from "./frames.ts";
import { FAR_ZOOM, type FlowNode } from "./node-model.ts";

/** The team frames behind the cards. They take no focus and no pointer events. */
export function TeamFrames({ nodes }: { nodes: readonly FlowNode[] }) {
  const hint = useDropHint();
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const frames = useMemo(() => {
    // Before a drop onto a card, the newcomer's final position is unknown.
    const asIf = hint && !hint.isOnCard ? new Map(hint.ids.map((id) => [id, hint.leadId])) : undefined;
    return teamFrames(nodes, asIf);
  }, [nodes, hint]);
  return (
    <ViewportPortal>
      {frames.map((frame) => (
        <Frame
          key={frame.leadId}
          {...frame}
          isFar={isFar}
          isTarget={hint !== null && !hint.isOnCard && hint.leadId === frame.leadId}
        />
      ))}
    </ViewportPortal>
  );
}

const Frame = memo(function Frame({ leadId, leadName, depth, x, y, width, height, isFar, isTarget }: FrameProps) {
  return (
    <div
      data-team-frame={leadId}
      className={cx(
        "pointer-events-none absolute top-0 left-0 -z-10 overflow-hidden rounded-2xl border",
        depth % 2 === 0 ? "bg-frame" : "bg-frame-inner",
        isTarget ? "border-accent outline-2 outline-accent outline-dashed" : "border-line",
      )}
      style={{ transform: `translate(${x}px, ${y}px)`, width, height }}
    >
      <p
        className={cx(
          "truncate px-6 font-medium text-ink-soft",
          isFar ? "pt-2.5 text-[24px] leading-8" : "pt-4 text-[13px] leading-5",
        )}
      >
        Team of {leadName}
      </p>
    </div>
  );
});

interface FrameProps extends TeamFrame {
  isFar: boolean;
  isTarget: boolean;
}
