"use client";

import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { useActor } from "#shared/session/actor.tsx";
import { readLocal, writeLocal } from "#shared/storage/local.ts";

const WIDTH = { min: 320, max: 800, start: 480, step: 24 } as const;

const clamp = (width: number) => Math.round(Math.min(WIDTH.max, Math.max(WIDTH.min, width)));

/** The right column. Its width is the person's own and is remembered; on phones it is the whole screen. */
export function ResizablePanel({ children }: { children: ReactNode }) {
  const key = `berth:panel-width:${useActor().id}`;
  const [width, setWidth] = useState(() => clamp(readLocal(key, (value) => Number(value) || undefined) ?? WIDTH.start));
  const dragFrom = useRef<{ x: number; width: number } | null>(null);

  const keep = (next: number) => {
    setWidth(clamp(next));
    writeLocal(key, clamp(next));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowLeft: width + WIDTH.step,
      ArrowRight: width - WIDTH.step,
      Home: WIDTH.max,
      End: WIDTH.min,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    keep(next);
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    dragFrom.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (dragFrom.current) setWidth(clamp(dragFrom.current.width + dragFrom.current.x - event.clientX));
  };
  const onPointerUp = () => {
    if (dragFrom.current) writeLocal(key, width);
    dragFrom.current = null;
  };

  return (
    <aside
      aria-label="Workspace"
      style={{ "--panel-width": `${width}px` } as React.CSSProperties}
      className="relative flex min-h-0 min-w-0 flex-col bg-surface max-md:fixed max-md:inset-0 max-md:z-30 md:col-start-3 md:row-start-2 md:w-[min(var(--panel-width),calc(100vw-400px))] md:border-l"
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a window splitter is a focusable separator; <hr> takes no value. */}
      <div
        role="separator"
        aria-label="Width of the panel"
        aria-orientation="vertical"
        aria-valuenow={width}
        aria-valuemin={WIDTH.min}
        aria-valuemax={WIDTH.max}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onDoubleClick={() => keep(WIDTH.start)}
        className="absolute inset-y-0 -left-1 z-10 hidden w-2 cursor-col-resize touch-none hover:bg-accent/40 focus-visible:bg-accent md:block"
      />
      {children}
    </aside>
  );
}
