"use client";

import { Anchor, Plus, Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { INPUT } from "#shared/ui/field.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { ViewHeader } from "#shared/ui/view-header.tsx";
import { useWorkspaceList } from "./queries.ts";
import { WorkspaceTable } from "./workspace-table.tsx";

const create = () => openDialog({ kind: "create", parentId: null });

/** Every workspace as a line: is it well, where does it run, how much does it keep. */
export function HomeView() {
  const [search, setSearch] = useState("");
  const list = useWorkspaceList(useDeferredValue(search.trim()));
  const workspaces = list.data?.pages.flatMap((page) => page.items) ?? [];
  const note = list.data ? `${count(workspaces.length, "workspace")}${list.hasNextPage ? " of more" : ""}` : undefined;

  return (
    <div className="flex h-full flex-col">
      <ViewHeader title="Workspaces" note={note}>
        <div className="relative w-44 max-sm:hidden lg:w-64">
          <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-ink-faint" />
          <input
            type="search"
            aria-label="Search by name"
            placeholder="Search by name"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className={`${INPUT} pl-8`}
          />
        </div>
        <Button kind="primary" icon={<Plus aria-hidden className="size-4" />} onClick={create}>
          New workspace
        </Button>
      </ViewHeader>
      <div className="min-h-0 flex-1 overflow-auto p-4">
        {list.error ? (
          <ErrorNotice error={list.error} onRetry={() => void list.refetch()} isRetrying={list.isFetching} />
        ) : list.isPending ? (
          <SkeletonLines lines={8} label="Loading the workspaces" />
        ) : workspaces.length === 0 ? (
          <Nothing search={search} />
        ) : (
          <>
            <WorkspaceTable workspaces={workspaces} />
            {list.hasNextPage && (
              <Button className="mt-3" isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show more
              </Button>
            )}
          </>
        )}
      </div>
    </div>
  );
}

const Nothing = ({ search }: { search: string }) =>
  search.trim() === "" ? (
    <EmptyState
      icon={<Anchor aria-hidden />}
      title="No workspaces yet"
      action={
        <Button kind="primary" onClick={create}>
          Create workspace
        </Button>
      }
    >
      A workspace is a place for a program or a person to work: a machine that can be replaced at any time, and files
      that outlive it.
    </EmptyState>
  ) : (
    <p className="text-ink-soft">No workspace has “{search.trim()}” in its name.</p>
  );
