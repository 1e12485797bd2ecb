"use client";

import type { DeletePreview } from "@berth/domain";
import { type FormEvent, useId, useRef, useState } from "react";
import { useSystem } from "#features/workspaces/index.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { Dialog } from "#shared/ui/dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import { announceDelete } from "./after-delete.tsx";
import { describeFate } from "./fate-text.ts";
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

interface DoomedListProps {
  doomed: DeletePreview["workspaces"];
  graceHours: number;
  isStale: boolean;
}

const DoomedList = ({ doomed, graceHours, isStale }: DoomedListProps) => (
  <ul
    aria-label="What will be deleted"
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
    tabIndex={0}
    className={cx(
      "max-h-56 divide-y divide-line overflow-y-auto rounded-lg border border-line",
      isStale && "opacity-60",
    )}
  >
    {doomed.map((workspace) => (
      <li key={workspace.id} className="px-3 py-2">
        <div className="flex items-center gap-2">
          <span className="min-w-0 flex-1 font-medium break-words">{workspace.name}</span>
          <StatusBadge status={workspace.status} />
        </div>
        <p className={cx("text-[13px]", workspace.fate === "erased" ? "font-medium text-bad" : "text-ink-soft")}>
          {describeFate(workspace, graceHours)}
        </p>
      </li>
    ))}
  </ul>
);

function EraseChoice({ isChecked, onChange }: { isChecked: boolean; onChange: (isChecked: boolean) => void }) {
  const noteId = useId();
  return (
    <div className={cx("rounded-lg border px-3 py-2", isChecked ? "border-bad/60 bg-bad-soft" : "border-line")}>
      <label className="flex cursor-pointer items-center gap-2.5 font-medium">
        <input
          type="checkbox"
          checked={isChecked}
          onChange={(event) => onChange(event.target.checked)}
          aria-describedby={noteId}
          className="size-4 accent-(--bad)"
        />
        Also erase saved data
      </label>
      <p id={noteId} className="mt-1 text-[13px] text-ink-soft">
        Removes every byte of the volume: /workspace, /configs and home snapshots. It cannot be undone and ends with a
        receipt. It does not reach copies you downloaded, or backups of the host made outside Berth.
      </p>
    </div>
  );
}
