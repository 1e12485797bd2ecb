"use client";

import { isBusy, isOpenOperation, type Workspace } from "@berth/domain";
import { Info, ScrollText } from "lucide-react";
import { explainVerb, useVerb, VERB_LABELS } from "#features/actions/index.ts";
import { useExpectedDuration, useOperations } from "#features/workspaces/index.ts";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { durationText } from "#shared/operations/duration-text.ts";
import { formatDuration } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { showBootLog } from "#shared/workspace/log-command.ts";
import { hasUsefulLog, type NextStep, nextSteps } from "#shared/workspace/next-step.ts";
import { statusStyle, TONE_BADGE } from "#shared/workspace/status.ts";
import { useIsLate } from "./use-is-late.ts";

/** Why the workspace is not healthy, what Berth does about it, and what the user can do. */
export function StatusStrip({ workspace }: { workspace: Workspace }) {
  const isLate = useIsLate(workspace);
  const { statusReason, status } = workspace;
  const isQuiet = status === "online" || isBusy(status);
  if (!statusReason && !isLate && isQuiet) return null;
  const style = statusStyle(isLate ? "degraded" : status);
  return (
    <div className={cx("flex gap-2.5 border-b border-line px-4 py-2.5", TONE_BADGE[style.tone])}>
      <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 text-ink">
        {isLate && <LateText workspace={workspace} />}
        {statusReason && <p className="break-words">{statusReason.message}</p>}
        {!isLate && (
          <p className="text-[13px] text-ink-soft">
            {statusReason?.nextAttemptAt ? <NextAttempt at={statusReason.nextAttemptAt} /> : statusStyle(status).next}
          </p>
        )}
        <Steps workspace={workspace} isLate={isLate} />
      </div>
      {statusReason && (
        <CopyButton
          text={JSON.stringify({ workspaceId: workspace.id, status, statusReason }, null, 2)}
          label="Copy details"
        />
      )}
    </div>
  );
}

/** The effect of each step is explained beside it, especially what "Cancel" does to data. */
function LateText({ workspace }: { workspace: Workspace }) {
  const running = useOperations(workspace.id).data?.items.find(isOpenOperation);
  const expected = useExpectedDuration(workspace.id, running?.kind ?? "create");
  return (
    <>
      <p>
        This start is taking longer than expected
        {expected && <>: {durationText(expected, workspace.backend)}</>}.
      </p>
      <p className="text-[13px] text-ink-soft">
        Retry starts another machine. Cancel releases the machine; wake the workspace when you need it again.{" "}
        {explainVerb("hibernate", workspace.compute).slice(VERB_LABELS.hibernate.does.length + 1)}
      </p>
    </>
  );
}

function Steps({ workspace, isLate }: { workspace: Workspace; isLate: boolean }) {
  const { request, pending } = useVerb(workspace);
  const steps = workspace.status === "online" || isErased(workspace) ? [] : nextSteps(workspace, isLate);
  const hasLog = hasUsefulLog(workspace.status, isLate);
  if (steps.length === 0 && !hasLog) return null;
  return (
    <div className="mt-2 flex flex-wrap gap-2">
      {steps.map((step) => (
        <StepButton key={step.verb} step={step} isBusy={pending === step.verb} onRequest={request} />
      ))}
      {hasLog && (
        <Button
          size="small"
          icon={<ScrollText aria-hidden className="size-4" />}
          onClick={() => showBootLog(workspace.id)}
        >
          Logs
        </Button>
      )}
    </div>
  );
}

interface StepButtonProps {
  step: NextStep;
  isBusy: boolean;
  onRequest: ReturnType<typeof useVerb>["request"];
}

function StepButton({ step: { verb, label, force }, isBusy: isRequesting, onRequest }: StepButtonProps) {
  const { icon: Icon } = VERB_LABELS[verb];
  return (
    <Button
      size="small"
      isBusy={isRequesting}
      icon={<Icon aria-hidden className="size-4" />}
      onClick={() => void onRequest(verb, { force })}
    >
      {label}
    </Button>
  );
}

/** Erased data cannot return to its workspace, so no restore is offered. */
const isErased = ({ volume }: Workspace): boolean =>
  volume !== null && ["erasing", "erased", "quarantined"].includes(volume.state);

function NextAttempt({ at }: { at: string }) {
  const left = Date.parse(at) - useServerNow();
  return left > 0 ? <>Retrying in {formatDuration(left)}.</> : <>Retrying now.</>;
}
