"use client";

import type { CanvasNode } from "@berth/domain";
import { FolderTree, X } from "lucide-react";
import { VERB_LABELS } from "#features/actions/index.ts";
import { promptForName, useSnapshot } from "#features/workspaces/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { describeError } from "#shared/api/problem-help.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { clearSelection, useSelection } from "#shared/selection/selection-store.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { dismissBatch, useBatch } from "./batch-store.ts";
import type { BatchState } from "./run-batch.ts";
import { describeEnd } from "./start-batch.ts";
import { allowing, BATCH_VERBS, useRequestMany } from "./use-request-many.ts";

/** Toasts share the bottom of the window and stay above this bar. */
function liftMessages(bar: HTMLElement): () => void {
  const { style } = document.documentElement;
  const observer = new ResizeObserver(() => style.setProperty("--bar-at-foot", `${bar.offsetHeight}px`));
  observer.observe(bar);
  return () => {
    observer.disconnect();
    style.removeProperty("--bar-at-foot");
  };
}

/** The actions for the selection, then their progress and what was refused. */
export function BatchBar({ listed }: { listed?: ReadonlySet<string> }) {
  const selected = useSelection();
  const batch = useBatch();
  const nodes = useSnapshot().data?.nodes ?? [];
  const chosen = nodes.filter((node) => selected.has(node.id));
  if (chosen.length === 0 && batch === null) return null;
  return (
    <section
      ref={listed ? undefined : liftMessages}
      aria-label="Selected workspaces"
      className="grid gap-2 border-y border-line bg-accent-soft px-4 py-2"
    >
      {chosen.length > 0 && !batch?.isRunning && <Verbs chosen={chosen} listed={listed} />}
      {batch && <Progress batch={batch} />}
    </section>
  );
}

interface VerbsProps {
  chosen: readonly CanvasNode[];
  listed: ReadonlySet<string> | undefined;
}

function Verbs({ chosen, listed }: VerbsProps) {
  const request = useRequestMany();
  const deletable = allowing(chosen, "delete");
  // A filter can hide selected workspaces; verbs apply to them anyway.
  const unlisted = listed ? chosen.filter(({ id }) => !listed.has(id)).length : 0;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <span className="mr-1 font-medium">
        {count(chosen.length, "workspace")} selected
        {unlisted > 0 && `, ${unlisted} not shown`}
      </span>
      {BATCH_VERBS.map((verb) => {
        const ids = allowing(chosen, verb);
        const { label, icon: Icon } = VERB_LABELS[verb];
        return (
          ids.length > 0 && (
            <Button
              key={verb}
              size="small"
              icon={<Icon aria-hidden className="size-3.5" />}
              aria-label={`${label} ${count(ids.length, "workspace")}`}
              onClick={() => request(verb, ids)}
            >
              {label} {ids.length < chosen.length && ids.length}
            </Button>
          )
        );
      })}
      <Button
        size="small"
        icon={<FolderTree aria-hidden className="size-3.5" />}
        onClick={() => openDialog({ kind: "move", workspaceIds: chosen.map((node) => node.id) })}
      >
        Move to…
      </Button>
      {deletable.length > 0 && (
        <Button
          size="small"
          kind="dangerPlain"
          icon={<VERB_LABELS.delete.icon aria-hidden className="size-3.5" />}
          onClick={() => openDialog({ kind: "batch-delete", workspaceIds: deletable })}
        >
          Delete…
        </Button>
      )}
      <IconButton label="Clear selection" onClick={clearSelection} className="ml-auto">
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function Progress({ batch }: { batch: BatchState }) {
  if (batch.isRunning) {
    return (
      <div>
        <p className="text-[13px]">
          {batch.label}: {batch.done} of {batch.total}
        </p>
        <progress className="berth-progress" aria-label={batch.label} value={batch.done} max={batch.total} />
      </div>
    );
  }
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-bad/40 bg-bad-soft px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{describeEnd(batch)}</p>
        <ul className="max-h-32 overflow-y-auto text-[13px]">
          {batch.failed.map(({ id, name, error }) => {
            const { title, next } = describeError(error);
            return (
              <li key={id} className="break-words">
                <span className="font-medium">{name}</span>: {title} <span className="text-ink-soft">{next}</span>
                {batch.label === "Restore" && problemOf(error)?.code === "name_taken" && (
                  <Button size="small" kind="quiet" onClick={() => promptForName(error, id)}>
                    Choose a name
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      </div>
      <IconButton label="Dismiss summary" onClick={dismissBatch}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
