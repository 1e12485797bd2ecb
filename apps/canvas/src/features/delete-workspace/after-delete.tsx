"use client";

import { toast } from "sonner";
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
    toast(what, {
      description: eraseData ? "Its data is erased next. The receipt will be in Saved data." : "It kept no data.",
      duration: 8_000,
    });
    return;
  }
  const id = toast(what, {
    description: <UndoDelete {...deleted} onDone={() => toast.dismiss(id)} />,
    duration: UNDO_MILLISECONDS,
  });
}
