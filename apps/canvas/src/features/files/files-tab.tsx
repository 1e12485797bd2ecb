"use client";

import { allowedVerbs, type FileRoot, type Workspace } from "@berth/domain";
import { useQuery } from "@tanstack/react-query";
import { Lock, Moon } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useVerb } from "#features/actions/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { useTRPC } from "#shared/api/trpc.tsx";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";
import { guardUnstoredDrafts } from "./editor/draft-store.ts";
import { FileBrowser } from "./file-browser.tsx";
import type { Place } from "./file-url.ts";
import { RootSwitch } from "./files-toolbar.tsx";
import { TOP } from "./paths.ts";
import { guardUploads } from "./upload/uploads.ts";

export function FilesTab({ workspace }: { workspace: Workspace }) {
  const root = useUrlPart((state) => state.root);
  const place = useMemo(() => ({ workspaceId: workspace.id, root }), [workspace.id, root]);
  useEffect(guardUnstoredDrafts, []);
  useEffect(guardUploads, []);

  if (workspace.status === "hibernated") return <Hibernated workspace={workspace} />;
  if (root === "/agent-home") return <AgentHome workspace={workspace} place={place} />;
  return <FileBrowser key={root} workspace={workspace} place={place} />;
}

/** Listing the files of a hibernated workspace wakes it, so it needs a click. */
function Hibernated({ workspace }: { workspace: Workspace }) {
  const { request, pending } = useVerb(workspace);
  return (
    <EmptyState
      icon={<Moon aria-hidden />}
      title="Hibernated"
      action={
        allowedVerbs(workspace.status).includes("wake") && (
          <Button kind="primary" isBusy={pending === "wake"} onClick={() => void request("wake")}>
            Wake and show files
          </Button>
        )
      }
    >
      {workspace.dataState === "missing"
        ? "The backend no longer has the data volume. Restore it there under the same name, then wake the workspace."
        : "The files are safe on the volume. Wake the workspace to browse them."}
    </EmptyState>
  );
}

/** Explains why `$HOME` cannot be browsed, and what to use instead. */
function AgentHome({ workspace, place }: { workspace: Workspace; place: Place }) {
  const probe = useQuery(useTRPC().files.list.queryOptions({ ...place, limit: 1 }, { staleTime: 0, retry: false }));
  const problem = problemOf(probe.error);
  const goTo = (root: FileRoot) => navigate((state) => ({ ...state, root, path: TOP, file: null }));
  if (probe.isPending) {
    return (
      <div className="p-4">
        <SkeletonLines lines={6} label="Loading /agent-home" />
      </div>
    );
  }
  if (problem?.code !== "agent_home_not_durable")
    return <FileBrowser key={place.root} workspace={workspace} place={place} />;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="border-b border-line px-3 py-1">
        <RootSwitch root={place.root} onChange={goTo} />
      </div>
      <EmptyState
        icon={<Lock aria-hidden />}
        title="/agent-home is not available"
        action={<Button onClick={() => goTo("/workspace")}>Show /workspace</Button>}
      >
        $HOME is on the machine and is deleted when the machine is replaced. Store files that you want to keep in
        /workspace or /configs.
      </EmptyState>
    </div>
  );
}
