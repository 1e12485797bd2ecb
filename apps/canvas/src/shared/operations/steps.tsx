"use client";

import type { OperationStep } from "@berth/domain";
import { CircleCheck, CircleX } from "lucide-react";
import { useServerNow } from "../clock/clock-store.ts";
import { formatDuration } from "../text/format.ts";
import { Spinner } from "../ui/spinner.tsx";

/** An operation's steps with their durations; the running one counts by the server's clock. */
export const Steps = ({ steps }: { steps: readonly OperationStep[] }) => (
  <ol className="grid gap-1">
    {steps.map((step) => (
      <li key={`${step.name} ${step.startedAt}`} className="flex gap-2">
        <StepIcon status={step.status} />
        <div className="min-w-0 flex-1">
          <span>{step.name}</span>
          {step.message && <p className="text-[13px] break-words text-ink-soft">{step.message}</p>}
        </div>
        <span className="shrink-0 text-[13px] text-ink-faint tabular-nums">
          {step.endedAt ? (
            formatDuration(Date.parse(step.endedAt) - Date.parse(step.startedAt))
          ) : (
            <Running since={step.startedAt} />
          )}
        </span>
      </li>
    ))}
  </ol>
);

function StepIcon({ status }: { status: OperationStep["status"] }) {
  if (status === "running") return <Spinner className="mt-0.5 text-busy" />;
  const Icon = status === "failed" ? CircleX : CircleCheck;
  return (
    <>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${status === "failed" ? "text-bad" : "text-ok"}`} />
      <span className="sr-only">{status === "failed" ? "Failed:" : "Done:"}</span>
    </>
  );
}

const Running = ({ since }: { since: string }) => <>{formatDuration(useServerNow() - Date.parse(since))}</>;
