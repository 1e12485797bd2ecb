"use client";

import { type FormEvent, useId, useRef, useState } from "react";
import { useSystem } from "#features/workspaces/index.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { announceDelete } from "./after-delete.tsx";
import { DoomedList, EraseChoice } from "./doomed-list.tsx";
import { useDeletePreview, useDeleteWorkspace } from "./queries.ts";

/** Lists what goes and what comes of each volume, wants the name typed, and erases only when that is asked for. */
export function DeleteDialog({ workspaceId, onClose }: { workspaceId: string; onClose: () => void }) {
  const [eraseData, setEraseData] = useState(false);
  const [typed, setTyped] = useState("");
  const preview = useDeletePreview(workspaceId, eraseData);
  const graceHours = useSystem().data?.graceHours ?? 72;
  const remove = useDeleteWorkspace();
  const cancel = useRef<HTMLButtonElement>(null);
  const formId = useId();

  const doomed = preview.data?.workspaces ?? [];
  const name = preview.data?.confirmName ?? "";
  const isConfirmed = name !== "" && typed.trim() === name;
  const hasVolumes = doomed.some((workspace) => workspace.volume !== null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isConfirmed || preview.isPlaceholderData) return;
    const cascade = doomed.length > 1;
    remove.mutate(
      { id: workspaceId, confirmName: name, eraseData, cascade },
      {
        onSuccess: () => {
          onClose();
          announceDelete({ workspaceId, name, workspaces: doomed, eraseData });
        },
      },
    );
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      role="alertdialog"
      title={name ? `Delete ${name}?` : "Delete the workspace?"}
      description="The machine is removed for good. What happens to the data is listed here."
      initialFocus={cancel}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" form={formId} disabled={!isConfirmed} isBusy={remove.isPending}>
            {buttonLabel(doomed.length, eraseData)}
          </Button>
        </>
      }
    >
      {preview.error ? (
        <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} isRetrying={preview.isFetching} />
      ) : !preview.data ? (
        <SkeletonLines lines={4} label="Loading what would be deleted" />
      ) : (
        <form id={formId} onSubmit={submit} className="grid gap-4">
          <DoomedList doomed={doomed} graceHours={graceHours} isStale={preview.isPlaceholderData} />
          {hasVolumes && <EraseChoice isChecked={eraseData} onChange={setEraseData} />}
          <TextField
            label={
              <>
                Type <strong className="font-semibold select-all">{name}</strong> to confirm
              </>
            }
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {remove.error && <ErrorNotice error={remove.error} />}
        </form>
      )}
    </Dialog>
  );
}

const buttonLabel = (amount: number, eraseData: boolean): string => {
  const what = amount > 1 ? `Delete ${count(amount, "workspace")}` : "Delete";
  return eraseData ? `${what} and erase data` : what;
};
