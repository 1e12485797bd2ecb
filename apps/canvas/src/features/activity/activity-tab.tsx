"use client";

import { isOpenOperation, type Operation, type Workspace } from "@berth/domain";
import { History } from "lucide-react";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { OPERATION_NAMES, OPERATION_STATUS_NAMES } from "#shared/operations/operation-text.ts";
import { Steps } from "#shared/operations/steps.tsx";
import { formatAgo, formatDateTime, formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { CommandList } from "./commands/command-list.tsx";
import { useActivity, useCommands } from "./queries.ts";

/** The workspace's commands and operations with their outcomes, newest first; live while one runs. */
export function ActivityTab({ workspace }: { workspace: Workspace }) {
  const activity = useActivity(workspace.id);
  const isShown = useUrlPart((state) => state.tab === "activity");
  const commands = useCommands(workspace.id, isShown);
  const operations = activity.data?.pages.flatMap((page) => page.items) ?? [];
  const hasCommands = commands.error !== null || commands.data?.pages.some(({ items }) => items.length > 0);

  if (activity.isPending || commands.isPending) {
    return (
      <div className="p-4">
        <SkeletonLines lines={6} label="Loading activity" />
      </div>
    );
  }
  if (activity.error) {
    return (
      <ErrorNotice
        className="m-4"
        error={activity.error}
        onRetry={() => void activity.refetch()}
        isRetrying={activity.isFetching}
      />
    );
  }
  if (operations.length === 0 && !hasCommands) {
    return (
      <EmptyState icon={<History aria-hidden />} title="No activity yet">
        Commands, and operations such as create, restart and pause, appear here.
      </EmptyState>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-6 p-4">
      {hasCommands && (
        <section>
          <h3 className="mb-2 text-sm font-semibold">Commands</h3>
          <CommandList commands={commands} />
        </section>
      )}
      <section>
        <h3 className={cx("mb-2 text-sm font-semibold", !hasCommands && "sr-only")}>Operations</h3>
        <ol className="grid gap-2">
          {operations.map((operation) => (
            <OperationItem key={operation.id} operation={operation} />
          ))}
        </ol>
        {activity.hasNextPage && (
          <Button
            className="mt-3 w-full"
            isBusy={activity.isFetchingNextPage}
            onClick={() => void activity.fetchNextPage()}
          >
            Show older
          </Button>
        )}
      </section>
    </div>
  );
}

function OperationItem({ operation }: { operation: Operation }) {
  const { kind, status, steps, error, createdAt, finishedAt } = operation;
  return (
    <li className="rounded-lg border border-line">
      <details open={isOpenOperation(operation) || status === "failed"}>
        <summary className="flex list-none items-center gap-2 rounded-lg px-3 py-2 hover:bg-ink/4">
          <span className="font-medium">{OPERATION_NAMES[kind]}</span>
          <span className={cx("text-[13px]", status === "failed" ? "font-medium text-bad" : "text-ink-soft")}>
            {OPERATION_STATUS_NAMES[status]}
            {finishedAt && ` in ${formatDuration(Date.parse(finishedAt) - Date.parse(createdAt))}`}
          </span>
          <time dateTime={createdAt} title={formatDateTime(createdAt)} className="ml-auto text-[13px] text-ink-faint">
            <Ago at={createdAt} />
          </time>
        </summary>
        <div className="border-t border-line px-3 py-2">
          {steps.length > 0 ? <Steps steps={steps} /> : <p className="text-ink-soft">No steps have run yet.</p>}
          {error && <p className="mt-2 rounded-md bg-bad-soft px-2.5 py-1.5 break-words">{error.message}</p>}
        </div>
      </details>
    </li>
  );
}

const Ago = ({ at }: { at: string }) => <>{formatAgo(at, useServerNow())}</>;
