"use client";

import type { Volume } from "@berth/domain";
import { type FormEvent, useId, useRef, useState } from "react";
import { formatBytes } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { useEraseVolume } from "./queries.ts";

/** The end of data: named, sized, typed, and only then. */
export function EraseDialog({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const erase = useEraseVolume();
  const cancel = useRef<HTMLButtonElement>(null);
  const formId = useId();
  const name = volume.workspaceName;
  const isConfirmed = typed.trim() === name;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isConfirmed) return;
    erase.mutate(
      { id: volume.id, confirmName: name },
      {
        onSuccess: () => {
          notifyDone(`The data of ${name} is being erased.`, "Its receipt will stand here.");
          onClose();
        },
      },
    );
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      role="alertdialog"
      title={`Erase the data of ${name}?`}
      description={
        <>
          {volume.sizeBytes === null ? "Every byte" : formatBytes(volume.sizeBytes)} of its volume is removed:
          /workspace, /configs and home snapshots. It cannot be undone and ends with a receipt. Copies that were
          downloaded, and backups of the host made outside Berth, are not reached.
        </>
      }
      initialFocus={cancel}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" form={formId} disabled={!isConfirmed} isBusy={erase.isPending}>
            Erase now
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="grid gap-4 pb-2">
        <TextField
          label={
            <>
              Type <strong className="font-semibold select-all">{name}</strong> to confirm
            </>
          }
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {erase.error && <ErrorNotice error={erase.error} />}
      </form>
    </Dialog>
  );
}
