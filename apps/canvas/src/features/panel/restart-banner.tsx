"use client";

import { allowedVerbs, type Workspace } from "@berth/domain";
import { RotateCcw } from "lucide-react";
import { explainVerb, useVerb } from "#features/actions/index.ts";
import { Button } from "#shared/ui/button.tsx";

/** Settings changed after the machine was created. The flag comes from the server, so a reload keeps it. */
export function RestartBanner({ workspace }: { workspace: Workspace }) {
  const { request, pending } = useVerb(workspace);
  if (!workspace.restartRequired) return null;
  const canRestart = allowedVerbs(workspace.status).includes("restart");
  return (
    <div className="flex items-center gap-3 border-b border-line bg-warn-soft px-4 py-2.5">
      <RotateCcw aria-hidden className="size-4 shrink-0 text-warn" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">Restart required</p>
        <p className="text-[13px] text-ink-soft">
          {canRestart
            ? `Settings have changed since this machine started. ${explainVerb("restart", workspace.compute)}`
            : "Settings have changed. They apply at the next start."}
        </p>
      </div>
      {canRestart && (
        <Button size="small" isBusy={pending === "restart"} onClick={() => void request("restart")}>
          Restart now
        </Button>
      )}
    </div>
  );
}
