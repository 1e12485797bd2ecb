"use client";

import { notifyDone, notifyWith } from "#shared/ui/notify.tsx";
import { UndoDelete } from "./undo-delete.tsx";

interface Deleted {
  workspaceId: string;
  name: string;
  amount: number;
  eraseData: boolean;
  hasVolumes: boolean;
  graceHours: number;
}

const UNDO_MILLISECONDS = 20_000;

/** What was just done, in one toast; with Undo as long as the data allows it. */
export function announceDelete(deleted: Deleted): void {
  const { name, amount, eraseData, hasVolumes } = deleted;
  const what = amount > 1 ? `${name} and ${amount - 1} more are being deleted.` : `${name} is being deleted.`;
  if (eraseData || !hasVolumes) {
    notifyDone(what, eraseData ? "Its data is erased next. The receipt will be in Saved data." : "It kept no data.");
    return;
  }
  notifyWith(what, UNDO_MILLISECONDS, (dismiss) => <UndoDelete {...deleted} onDone={dismiss} />);
}
