"use client";

import { isBusy, type Workspace } from "@berth/domain";
import { useOperations } from "#features/workspaces/index.ts";
import { isUnfinished, OPERATION_NAMES } from "#shared/operations/operation-text.ts";
import { Steps } from "#shared/operations/steps.tsx";

/** The operation under way, step by step. */
export function RunningOperation({ workspace }: { workspace: Workspace }) {
  const operations = useOperations(workspace.id);
  const running = operations.data?.items.find(isUnfinished);
  if (!running) return null;
  const isWaiting = running.status === "queued" || running.steps.length === 0;
  return (
    <section
      aria-label={`${OPERATION_NAMES[running.kind]} under way`}
      className="border-b border-line bg-busy-soft/50 px-4 py-2.5"
    >
      <p className="mb-1 font-medium">
        {OPERATION_NAMES[running.kind]}
        {isWaiting && (
          <span className="font-normal text-ink-soft"> waits for its turn{isBusy(workspace.status) ? "…" : "."}</span>
        )}
      </p>
      <Steps steps={running.steps} />
    </section>
  );
}
