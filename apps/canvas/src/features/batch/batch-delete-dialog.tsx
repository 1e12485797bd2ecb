"use client";

import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { DeletionList, EraseChoice, UndoDelete } from "#features/delete-workspace/index.ts";
import { useSnapshot, useSystem } from "#features/workspaces/index.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { count } from "#shared/text/format.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { notifyDone, notifyWith } from "#shared/ui/notify.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { TypedConfirmDialog } from "#shared/ui/typed-confirm-dialog.tsx";
import { topmost } from "#shared/workspace/teams.ts";
import { startBatch } from "./start-batch.ts";

const UNDO_MILLISECONDS = 30_000;

/**
 * Lists everything that a bulk delete includes, teams too, and asks for one phrase to type. The phrase contains the
 * length of the list, so it does not confirm a list that has grown since.
 */
export function BatchDeleteDialog({ workspaceIds, onClose }: { workspaceIds: readonly string[]; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const nodes = useSnapshot().data?.nodes ?? [];
  // The targets are fixed when the dialog opens: a card that disappears must not change the question.
  const [roots] = useState(() => topmost(nodes, new Set(workspaceIds)));
  const [eraseData, setEraseData] = useState(false);
  const graceHours = useSystem().data?.graceHours ?? 72;

  const previews = useQueries({
    queries: roots.map((id) =>
      trpc.workspaces.deletePreview.queryOptions({ id, eraseData }, { staleTime: 0, gcTime: 0 }),
    ),
  });
  const error = previews.find((preview) => preview.error)?.error;
  const isLoading = previews.some(({ isPending }) => isPending);
  const deletions = previews.flatMap(({ data }) => data?.workspaces ?? []);
  const volumeCount = deletions.filter(({ volume }) => volume !== null).length;

  const confirm = () => {
    const asked = roots.map((id, at) => ({ id, preview: previews[at]?.data }));
    const names = new Map(asked.map(({ id, preview }) => [id, preview?.confirmName ?? ""]));
    const teams = new Map(asked.map(({ id, preview }) => [id, preview?.workspaces ?? []]));
    onClose();
    const items = asked.map(({ id }) => ({ id, name: names.get(id) ?? "" }));
    void startBatch("Delete", items, (id) =>
      client.workspaces.delete.mutate({
        id,
        confirmName: names.get(id) ?? "",
        eraseData,
        cascade: (teams.get(id)?.length ?? 1) > 1,
      }),
    ).then(({ failed }) => {
      const refused = new Set(failed.map(({ id }) => id));
      const gone = roots.filter((id) => !refused.has(id)).flatMap((id) => teams.get(id) ?? []);
      if (gone.length > 0) announce(gone, eraseData);
    });
  };

  return (
    <TypedConfirmDialog
      onClose={onClose}
      title={isLoading ? "Delete the selected workspaces?" : `Delete ${count(deletions.length, "workspace")}?`}
      description="This deletes the machines permanently. The list shows what happens to the data."
      expected={isLoading || error ? "" : `delete ${count(deletions.length, "workspace")}`}
      ignoresCase
      confirmLabel={
        <>
          Delete {count(deletions.length, "workspace")}
          {eraseData && " and erase data"}
        </>
      }
      onConfirm={confirm}
      formClassName="grid gap-4"
      instead={
        error ? (
          <ErrorNotice error={error} onRetry={() => previews.forEach((preview) => void preview.refetch())} />
        ) : (
          isLoading && <SkeletonLines lines={4} label="Loading workspaces to delete" />
        )
      }
    >
      <DeletionList deletions={deletions} graceHours={graceHours} isStale={false} />
      {volumeCount > 0 && <EraseChoice volumeCount={volumeCount} isChecked={eraseData} onChange={setEraseData} />}
    </TypedConfirmDialog>
  );
}

type Deletion = { id: string; name: string; volume: unknown };

function announce(gone: readonly Deletion[], eraseData: boolean): void {
  const what = `${count(gone.length, "workspace is", "workspaces are")} being deleted.`;
  const hasData = gone.some(({ volume }) => volume !== null);
  if (eraseData) notifyDone(what, "The receipts will appear in Saved data.");
  else if (!hasData) notifyDone(what, "No data was kept.");
  else notifyWith(what, UNDO_MILLISECONDS, (done) => <UndoDelete workspaces={gone} onDone={done} />);
}
