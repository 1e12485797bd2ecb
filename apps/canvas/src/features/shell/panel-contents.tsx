"use client";

import type { RefObject } from "react";
import { WorkspacePanel } from "#features/panel/index.ts";
import { ErrorBoundary } from "#shared/ui/error-boundary.tsx";
import { PanelSplitter } from "./panel-splitter.tsx";
import { useSheet } from "./use-sheet.ts";

interface PanelContentsProps {
  column: RefObject<HTMLElement | null>;
  /** True while the column covers the window. */
  isSheet: boolean;
  workspaceId: string;
  width: number;
  onWidth: (width: number, isKept: boolean) => void;
}

/** The panel column's content. Its code loads when a panel first opens. */
export function PanelContents({ column, isSheet, workspaceId, width, onWidth }: PanelContentsProps) {
  useSheet(column, workspaceId, isSheet);
  return (
    <>
      <PanelSplitter width={width} onWidth={onWidth} />
      <ErrorBoundary key={workspaceId} name="The workspace">
        <WorkspacePanel key={workspaceId} workspaceId={workspaceId} />
      </ErrorBoundary>
    </>
  );
}
