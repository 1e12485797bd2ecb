"use client";

import type { Volume } from "@berth/domain";
import { formatBytes } from "#shared/text/format.ts";
import { notifyDone } from "#shared/ui/notify.tsx";
import { TypedConfirmDialog } from "#shared/ui/typed-confirm-dialog.tsx";
import { useEraseVolume } from "./queries.ts";

/** Erases data after showing its name and size, and only with its name typed. */
export function EraseDialog({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const erase = useEraseVolume();
  const name = volume.workspaceName;
  const confirm = () =>
    erase.mutate(
      { id: volume.id, confirmName: name },
      {
        onSuccess: () => {
          notifyDone(`The data of ${name} is being erased.`, "The receipt will appear here.");
          onClose();
        },
      },
    );

  return (
    <TypedConfirmDialog
      onClose={onClose}
      title={`Erase the data of ${name}?`}
      description={
        <>
          Erases its volume{volume.sizeBytes === null ? "" : ` (${formatBytes(volume.sizeBytes)})`}: /workspace and
          /configs. This cannot be undone. The erase produces a receipt. Downloaded copies and host backups made outside
          Berth are not erased.
        </>
      }
      expected={name}
      confirmLabel="Erase now"
      isBusy={erase.isPending}
      error={erase.error}
      onConfirm={confirm}
    />
  );
}
