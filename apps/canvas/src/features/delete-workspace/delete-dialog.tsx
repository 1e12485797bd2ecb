"use client";

import { useState } from "react";
import { useSystem } from "#features/workspaces/index.ts";
import { count } from "#shared/text/format.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { TypedConfirmDialog } from "#shared/ui/typed-confirm-dialog.tsx";
import { announceDelete } from "./after-delete.tsx";
import { DeletionList, EraseChoice } from "./deletion-list.tsx";
import { useDeletePreview, useDeleteWorkspace } from "./queries.ts";

/** Lists what is deleted and what happens to each volume. Requires the typed name, and erases only on request. */
export function DeleteDialog({ workspaceId, onClose }: { workspaceId: string; onClose: () => void }) {
  const [eraseData, setEraseData] = useState(false);
  const preview = useDeletePreview(workspaceId, eraseData);
  const graceHours = useSystem().data?.graceHours ?? 72;
  const remove = useDeleteWorkspace();

  const deletions = preview.data?.workspaces ?? [];
  const name = preview.data?.confirmName ?? "";
  const volumeCount = deletions.filter(({ volume }) => volume !== null).length;

  const confirm = () => {
    if (preview.isPlaceholderData) return;
    const cascade = deletions.length > 1;
    remove.mutate(
      { id: workspaceId, confirmName: name, eraseData, cascade },
      {
        onSuccess: () => {
          onClose();
          announceDelete({ name, workspaces: deletions, eraseData });
        },
      },
    );
  };

  return (
    <TypedConfirmDialog
      onClose={onClose}
      title={name ? `Delete ${name}?` : "Delete the workspace?"}
      description="This deletes the machine permanently. The list shows what happens to the data."
      expected={name}
      confirmLabel={buttonLabel(deletions.length, eraseData)}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      formClassName="grid gap-4"
      instead={
        preview.error ? (
          <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} isRetrying={preview.isFetching} />
        ) : (
          !preview.data && <SkeletonLines lines={4} label="Loading workspaces to delete" />
        )
      }
    >
      <DeletionList deletions={deletions} graceHours={graceHours} isStale={preview.isPlaceholderData} />
      {volumeCount > 0 && <EraseChoice volumeCount={volumeCount} isChecked={eraseData} onChange={setEraseData} />}
    </TypedConfirmDialog>
  );
}

const buttonLabel = (amount: number, eraseData: boolean): string => {
  const what = amount > 1 ? `Delete ${count(amount, "workspace")}` : "Delete";
  return eraseData ? `${what} and erase data` : what;
};
