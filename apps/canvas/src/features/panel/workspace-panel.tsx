"use client";

import { SearchX } from "lucide-react";
import { useWorkspace } from "#features/workspaces/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { closePanelOf } from "#shared/workspace/panel-focus.ts";
import { PanelHeader } from "./panel-header.tsx";
import { PanelTabs } from "./panel-tabs.tsx";
import { RestartBanner } from "./restart-banner.tsx";
import { RunningOperation } from "./running-operation.tsx";
import { StatusStrip } from "./status-strip.tsx";

/** One workspace: its identity and actions, then the tabs. */
export function WorkspacePanel({ workspaceId }: { workspaceId: string }) {
  const workspace = useWorkspace(workspaceId);
  const close = () => closePanelOf(workspaceId);

  if (workspace.data) {
    return (
      <>
        <PanelHeader workspace={workspace.data} onClose={close} />
        <StatusStrip workspace={workspace.data} />
        <RestartBanner workspace={workspace.data} />
        <RunningOperation workspace={workspace.data} />
        <PanelTabs workspace={workspace.data} />
      </>
    );
  }
  if (workspace.error && isAbsent(workspace.error)) {
    return (
      <EmptyState
        icon={<SearchX aria-hidden />}
        title="Workspace not found"
        action={<Button onClick={close}>Close</Button>}
      >
        It was deleted permanently, or the link belongs to another Berth. Kept data is listed in Saved data.
      </EmptyState>
    );
  }
  return (
    <div className="p-4">
      {workspace.error ? (
        <ErrorNotice
          error={workspace.error}
          onRetry={() => void workspace.refetch()}
          isRetrying={workspace.isFetching}
        />
      ) : (
        <SkeletonLines lines={8} label="Loading workspace" />
      )}
    </div>
  );
}

/** A malformed id in the address counts as a workspace that does not exist. */
const isAbsent = (error: unknown): boolean => ["not_found", "invalid_input"].includes(problemOf(error)?.code ?? "");
