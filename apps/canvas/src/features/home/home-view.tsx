"use client";

import type { CanvasNode } from "@berth/domain";
import { Anchor, Plus } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { BatchBar } from "#features/batch/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { ViewHeader } from "#shared/ui/view-header.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { clearFilters, hasFilters, ListFilters } from "./list-filters.tsx";
import { useAllWorkspaces } from "./queries.ts";
import { filterRows, rowsOf, sortRows } from "./rows.ts";
import { WorkspaceTable } from "./workspace-table.tsx";

const create = () => openDialog({ kind: "create", parentId: null });
const NO_NODES: CanvasNode[] = [];

/** A table of all workspaces: health, backend and size of data, with verbs for many of them. */
export function HomeView() {
  const nodes = useSnapshot().data?.nodes ?? NO_NODES;
  const details = useAllWorkspaces();
  const list = useUrlPart((state) => state.list);
  const shown = useDeferredValue(list);
  const rows = useMemo(() => rowsOf(nodes, details.data), [nodes, details.data]);
  const visible = useMemo(() => sortRows(filterRows(rows, shown), shown), [rows, shown]);
  const listed = useMemo(() => new Set(visible.map(({ node }) => node.id)), [visible]);
  const all = count(rows.length, "workspace");

  return (
    <div className="flex h-full flex-col">
      <ViewHeader title="Workspaces" note={visible.length < rows.length ? `${visible.length} of ${all}` : all}>
        <Button kind="primary" icon={<Plus aria-hidden className="size-4" />} onClick={create}>
          New workspace
        </Button>
      </ViewHeader>
      {rows.length > 0 && <ListFilters rows={rows} list={list} />}
      <BatchBar listed={listed} />
      <div className="flex min-h-0 flex-1 flex-col gap-3 p-4">
        {details.error && (
          <ErrorNotice error={details.error} onRetry={() => void details.refetch()} isRetrying={details.isFetching} />
        )}
        {visible.length > 0 ? (
          <WorkspaceTable rows={visible} list={list} />
        ) : hasFilters(list) && rows.length > 0 ? (
          <div>
            <p className="mb-2 text-ink-soft">No workspace matches these filters.</p>
            <Button size="small" onClick={clearFilters}>
              Show all {all}
            </Button>
          </div>
        ) : (
          <EmptyState
            icon={<Anchor aria-hidden />}
            title="No workspaces yet"
            action={
              <Button kind="primary" icon={<Plus aria-hidden className="size-4" />} onClick={create}>
                Create workspace
              </Button>
            }
          >
            A workspace runs agents and tools on a replaceable machine. Its files persist.
          </EmptyState>
        )}
      </div>
    </div>
  );
}
