"use client";

import { allowedVerbs, type LifecycleVerb, type Workspace } from "@berth/domain";
import { Moon, SquareTerminal } from "lucide-react";
import { useVerb, VERB_LABELS } from "#features/actions/index.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { statusStyle } from "#shared/workspace/status.ts";

const STARTS: readonly LifecycleVerb[] = ["wake", "resume", "restart"];

/** A shell needs a machine. Explains why there is none, and what starts one; nothing starts without a request. */
export function NotRunning({ workspace }: { workspace: Workspace }) {
  const { request, pending } = useVerb(workspace);
  const { status } = workspace;
  const verb = STARTS.find((one) => allowedVerbs(status).includes(one));
  const isAsleep = status === "hibernated";
  return (
    <EmptyState
      icon={isAsleep ? <Moon aria-hidden /> : <SquareTerminal aria-hidden />}
      title={isAsleep ? "Hibernated" : "Terminal not available"}
      action={
        verb && (
          <Button kind="primary" isBusy={pending === verb} onClick={() => void request(verb)}>
            {isAsleep ? "Wake and open a terminal" : VERB_LABELS[verb].label}
          </Button>
        )
      }
    >
      {reasonFor(workspace)}
    </EmptyState>
  );
}

function reasonFor({ status, statusReason }: Workspace): string {
  switch (status) {
    case "hibernated":
      return "A terminal needs a machine. Opening one wakes the workspace.";
    case "provisioning":
      return "The machine is starting. A terminal opens as soon as it is online.";
    case "paused":
      return "The machine is stopped. Resume it to open a terminal.";
    case "failed":
      return `The machine did not start. ${statusReason?.message ?? "Activity shows the step that failed."}`;
    case "deleted":
    case "deleting":
      return "This workspace is deleted.";
    default:
      return `A terminal needs a running machine. Current status: ${statusStyle(status).label}.`;
  }
}
