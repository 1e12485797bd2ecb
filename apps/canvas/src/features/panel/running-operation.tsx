"use client";

import { isOpenOperation, type Operation, type Workspace } from "@berth/domain";
import { useExpectedDuration, useOperations } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { durationText } from "#shared/operations/duration-text.ts";
import { OPERATION_NAMES } from "#shared/operations/operation-text.ts";
import { Steps } from "#shared/operations/steps.tsx";
import { formatDuration } from "#shared/text/format.ts";

/** The running operation with its steps, its elapsed time and its usual duration. */
export function RunningOperation({ workspace }: { workspace: Workspace }) {
  const operations = useOperations(workspace.id);
  const running = operations.data?.items.find(isOpenOperation);
  if (!running) return null;
  const isWaiting = running.status === "queued" || running.steps.length === 0;
  return (
    <section
      aria-label={`${OPERATION_NAMES[running.kind]} in progress`}
      className="border-b border-line bg-busy-soft/50 px-4 py-2.5"
    >
      <p className="mb-1 flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{OPERATION_NAMES[running.kind]}</span>
        {isWaiting && <span className="text-ink-soft">queued</span>}
        <Elapsed workspace={workspace} running={running} />
      </p>
      <Steps steps={running.steps} />
    </section>
  );
}

function Elapsed({ workspace, running }: { workspace: Workspace; running: Operation }) {
  const now = useServerNow();
  const expected = useExpectedDuration(workspace.id, running.kind);
  return (
    <span className="ml-auto text-[13px] text-ink-soft tabular-nums">
      {formatDuration(now - Date.parse(running.createdAt))}
      {expected && <>, {durationText(expected, workspace.backend)}</>}
    </span>
  );
}
