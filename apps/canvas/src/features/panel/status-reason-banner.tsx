"use client";

import type { Workspace } from "@berth/domain";
import { Info } from "lucide-react";
import { useServerNow } from "#shared/clock/server-clock.ts";
import { formatDuration } from "#shared/text/format.ts";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { lookOf, TONE_BADGE } from "#shared/workspace/status.ts";

/** Why it is not as it should be, what happens by itself, and what a person can do. */
export function StatusReasonBanner({ workspace }: { workspace: Workspace }) {
  const { statusReason, status } = workspace;
  if (!statusReason) return null;
  const look = lookOf(status);
  return (
    <div className={cx("flex gap-2.5 border-b border-line px-4 py-2.5", TONE_BADGE[look.tone])}>
      <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 text-ink">
        <p className="break-words">{statusReason.message}</p>
        <p className="text-[13px] text-ink-soft">
          {statusReason.nextAttemptAt ? <NextAttempt at={statusReason.nextAttemptAt} /> : look.next}
        </p>
      </div>
      <CopyButton
        text={JSON.stringify({ workspaceId: workspace.id, status, statusReason }, null, 2)}
        label="Copy details"
      />
    </div>
  );
}

function NextAttempt({ at }: { at: string }) {
  const left = Date.parse(at) - useServerNow();
  return left > 0 ? <>Next try in {formatDuration(left)}.</> : <>Trying again now.</>;
}
