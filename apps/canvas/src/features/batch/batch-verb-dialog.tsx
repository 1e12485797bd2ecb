"use client";

import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { explainVerb, losesData, VERB_LABELS } from "#features/actions/index.ts";
import { useTRPC } from "#shared/api/trpc.tsx";
import { count } from "#shared/text/format.ts";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { useBatchVerb } from "./use-batch-verb.ts";

interface BatchVerbDialogProps {
  workspaceIds: readonly string[];
  verb: "restart" | "hibernate";
  onClose: () => void;
}

/** Confirms replacing many machines. Workspaces that would lose files are excluded unless the user includes them. */
export function BatchVerbDialog({ workspaceIds, verb, onClose }: BatchVerbDialogProps) {
  const trpc = useTRPC();
  const run = useBatchVerb();
  const [withLosers, setWithLosers] = useState(false);
  const queries = useQueries({ queries: workspaceIds.map((id) => trpc.workspaces.get.queryOptions({ id })) });
  const workspaces = queries.flatMap(({ data }) => (data ? [data] : []));
  const isLoading = queries.some(({ isPending }) => isPending);
  const losers = workspaces.filter((workspace) => losesData(verb, workspace.compute));
  const losing = new Set(losers.map(({ id }) => id));
  const wanted = workspaceIds.filter((id) => withLosers || !losing.has(id));
  const { label } = VERB_LABELS[verb];
  const what = `${label} ${count(wanted.length, "workspace")}`;

  const confirm = () => {
    onClose();
    if (wanted.length > 0) void run(verb, wanted, withLosers && verb === "hibernate");
  };

  return (
    <ConfirmDialog
      isOpen
      title={`${what}?`}
      confirmLabel={withLosers && losers.length > 0 ? `${what} and delete files` : what}
      isDangerous={withLosers && losers.length > 0}
      isBusy={isLoading}
      onConfirm={confirm}
      onClose={onClose}
    >
      <span className="block">{explainVerb(verb, { dataPersistence: "auto", homeSnapshot: false })}</span>
      {losers.length > 0 && (
        <label className="mt-3 flex cursor-pointer items-start gap-2.5 rounded-lg border border-line px-3 py-2 text-ink">
          <input
            type="checkbox"
            checked={withLosers}
            onChange={(event) => setWithLosers(event.target.checked)}
            className="mt-0.5 size-4 shrink-0 accent-(--bad)"
          />
          <span>
            Also {label.toLowerCase()}{" "}
            {losers
              .map(({ name }) => name)
              .slice(0, 5)
              .join(", ")}
            {losers.length > 5 && ` and ${losers.length - 5} more`} and delete their files, because they keep no data.
          </span>
        </label>
      )}
    </ConfirmDialog>
  );
}
