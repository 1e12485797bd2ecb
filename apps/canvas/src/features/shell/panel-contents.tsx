"use client";

import { WorkspacePanel } from "#features/panel/index.ts";
import { ErrorBoundary } from "#shared/ui/error-boundary.tsx";
import { PanelSplitter } from "./panel-splitter.tsx";

interface PanelContentsProps {
  workspaceId: string;
  width: number;
  onWidth: (width: number, isKept: boolean) => void;
}

/** What stands in the panel's column. Its code comes when somebody first opens a panel. */
export function PanelContents({ workspaceId, width, onWidth }: PanelContentsProps) {
  return (
    <>
      <PanelSplitter width={width} onWidth={onWidth} />
      <ErrorBoundary key={workspaceId} name="The workspace">
        <WorkspacePanel key={workspaceId} workspaceId={workspaceId} />
      </ErrorBoundary>
    </>
  );
}
