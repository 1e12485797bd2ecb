"use client";

import type { DeletePreview } from "@berth/domain";
import { notifyDone, notifyWith } from "#shared/ui/notify.tsx";
import { ErasedNotice } from "./erased-notice.tsx";
import { UndoDelete } from "./undo-delete.tsx";

interface Deleted {
  name: string;
  workspaces: DeletePreview["workspaces"];
  eraseData: boolean;
}

const UNDO_MILLISECONDS = 20_000;
const RECEIPT_MILLISECONDS = 60_000;

/** One message about the delete: with Undo while the data is kept, or with the receipt after an erase. */
export function announceDelete({ name, workspaces, eraseData }: Deleted): void {
  const others = workspaces.length - 1;
  const what = others > 0 ? `${name} and ${others} more are being deleted.` : `${name} is being deleted.`;
  const kept = workspaces.flatMap((one) => (one.volume ? [{ volumeId: one.volume.id, workspaceName: one.name }] : []));
  if (kept.length === 0) notifyDone(what, "No data was kept.");
  else if (eraseData) notifyWith(what, RECEIPT_MILLISECONDS, (done) => <ErasedNotice erased={kept} onDone={done} />);
  else notifyWith(what, UNDO_MILLISECONDS, (done) => <UndoDelete workspaces={workspaces} onDone={done} />);
}
