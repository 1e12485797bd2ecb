"use client";

import { useCallback, useRef, useState } from "react";
import { FOCUS_TARGETS, useFocusTarget } from "#shared/focus/focus-registry.ts";
import { useActor } from "#shared/session/actor.tsx";
import { readLocal, writeLocal } from "#shared/storage/local.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { PANEL_WIDTH, panelWidth } from "./panel-width.ts";

const PanelContents = lazyPart(() => import("./panel-contents.tsx").then((module) => module.PanelContents));

interface PanelColumnProps {
  workspaceId: string;
  /** True while it covers the window. */
  isSheet: boolean;
}

/** The right column. Its width is stored per person; on phones it fills the screen. */
export function PanelColumn({ workspaceId, isSheet }: PanelColumnProps) {
  const column = useRef<HTMLElement>(null);
  const sheetTarget = useFocusTarget(isSheet ? FOCUS_TARGETS.sheet : null);
  const setColumn = useCallback(
    (element: HTMLElement | null) => {
      column.current = element;
      return sheetTarget(element);
    },
    [sheetTarget],
  );
  const key = `berth:panel-width:${useActor().id}`;
  const [width, setWidth] = useState(() =>
    panelWidth(readLocal(key, (value) => Number(value) || undefined) ?? PANEL_WIDTH.start),
  );
  const onWidth = (next: number, isKept: boolean) => {
    setWidth(next);
    if (isKept) writeLocal(key, next);
  };

  return (
    <aside
      ref={setColumn}
      aria-label="Workspace"
      // Holds the focus until the content can take it.
      tabIndex={isSheet ? -1 : undefined}
      style={{ "--panel-width": `${width}px` } as React.CSSProperties}
      className="relative flex min-h-0 min-w-0 flex-col bg-surface outline-none max-md:fixed max-md:inset-0 max-md:z-30 md:col-start-3 md:row-start-2 md:w-[min(var(--panel-width),calc(100vw-400px))] md:border-l"
    >
      <PanelContents column={column} isSheet={isSheet} workspaceId={workspaceId} width={width} onWidth={onWidth} />
    </aside>
  );
}
