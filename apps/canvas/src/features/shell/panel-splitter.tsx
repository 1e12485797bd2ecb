"use client";

import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { PANEL_WIDTH, panelWidth } from "./panel-width.ts";

interface PanelSplitterProps {
  width: number;
  /** `isKept` is false while the pointer still drags. */
  onWidth: (width: number, isKept: boolean) => void;
}

/** The panel's left edge: resizes by pointer and arrow keys; a double click restores the default width. */
export function PanelSplitter({ width, onWidth }: PanelSplitterProps) {
  const dragFrom = useRef<{ x: number; width: number } | null>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowLeft: width + PANEL_WIDTH.step,
      ArrowRight: width - PANEL_WIDTH.step,
      Home: PANEL_WIDTH.max,
      End: PANEL_WIDTH.min,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onWidth(panelWidth(next), true);
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    dragFrom.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    const from = dragFrom.current;
    if (from) onWidth(panelWidth(from.width + from.x - event.clientX), false);
  };
  const onPointerUp = () => {
    if (dragFrom.current) onWidth(width, true);
    dragFrom.current = null;
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a window splitter is a focusable separator; <hr> takes no value.
    <div
      role="separator"
      aria-label="Panel width"
      aria-orientation="vertical"
      aria-valuenow={width}
      aria-valuemin={PANEL_WIDTH.min}
      aria-valuemax={PANEL_WIDTH.max}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onDoubleClick={() => onWidth(PANEL_WIDTH.start, true)}
      className="absolute inset-y-0 -left-1 z-10 hidden w-2 cursor-col-resize touch-none hover:bg-accent/40 focus-visible:bg-accent md:block"
    />
  );
}
