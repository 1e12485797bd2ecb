"use client";

import { useRef, useState } from "react";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { baseName } from "../paths.ts";
import { CompareView } from "./compare-view.tsx";

/** What the server has meanwhile: another text, or nothing that could be edited here. */
export interface Theirs {
  text: string | null;
  etag: string | null;
}

interface ConflictDialogProps {
  path: string;
  lineSeparator: string;
  mine: string;
  theirs: Theirs;
  isSaving: boolean;
  onSave: (merged: string) => Promise<void>;
  onTakeTheirs: () => void;
  onClose: () => void;
  /** The editor, for when what the dialog was opened with is gone with the changes. */
  returnFocus: () => HTMLElement | null;
}

/** Somebody else saved first. Both versions side by side; nothing is overwritten before a choice. */
export function ConflictDialog(props: ConflictDialogProps) {
  const { path, lineSeparator, mine, theirs, isSaving, onSave, onTakeTheirs, onClose, returnFocus } = props;
  const [merged, setMerged] = useState(mine);
  const cancel = useRef<HTMLButtonElement>(null);
  const name = baseName(path);

  return (
    <Dialog
      isOpen
      onClose={onClose}
      role="alertdialog"
      title={theirs.text === null ? `${name} is gone, or is no text any more` : `${name} was changed by somebody else`}
      description={
        theirs.text === null
          ? "Save yours to put it there again, or go on editing and decide later. Your text is kept."
          : "Left is what is saved now, right is yours. Arrows take a passage over; the right side can be edited."
      }
      initialFocus={cancel}
      returnFocus={returnFocus}
      widthPixels={theirs.text === null ? 520 : 1100}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          {theirs.text !== null && (
            <Button kind="dangerPlain" onClick={onTakeTheirs}>
              Take theirs
            </Button>
          )}
          <Button kind="primary" isBusy={isSaving} onClick={() => void onSave(merged)}>
            {merged === mine ? "Keep mine" : "Save what is on the right"}
          </Button>
        </>
      }
    >
      {theirs.text !== null && (
        <div className="h-[58dvh] rounded-lg border border-line">
          <CompareView
            fileName={name}
            lineSeparator={lineSeparator}
            left={{ label: "Theirs: saved now", text: theirs.text }}
            right={{ label: "Yours", text: mine }}
            onRightChange={setMerged}
          />
        </div>
      )}
    </Dialog>
  );
}
