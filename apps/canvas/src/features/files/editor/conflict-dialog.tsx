"use client";

import { useEffect, useRef, useState } from "react";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { baseName } from "../paths.ts";
import { describeNonText } from "./absence.tsx";
import { CompareView } from "./compare-view.tsx";
import { conditionOf, type Theirs } from "./theirs.ts";
import type { Conflict } from "./use-editing.ts";
import { useIsNarrow } from "./use-is-narrow.ts";

interface ConflictDialogProps {
  path: string;
  lineSeparator: string;
  mine: string;
  conflict: Conflict;
  isSaving: boolean;
  onSave: (merged: string) => void;
  onTakeTheirs: () => void;
  onClose: () => void;
  /** The editor, which takes the focus if the opener disappeared with the changes. */
  returnFocus: () => HTMLElement | null;
}

/** Another save came first. Shows both versions to compare; only the version shown here can be overwritten. */
export function ConflictDialog(props: ConflictDialogProps) {
  const { path, lineSeparator, mine, conflict, isSaving, onSave, onTakeTheirs, onClose, returnFocus } = props;
  const { theirs, round } = conflict;
  const [merged, setMerged] = useState(mine);
  const cancel = useRef<HTMLButtonElement>(null);
  const isNarrow = useIsNarrow();
  const name = baseName(path);
  const isComparable = theirs.kind === "text";

  // Moves the focus, so that a repeated key press does not answer a question about a newer version.
  useEffect(() => {
    if (round > 1) cancel.current?.focus();
  }, [round]);

  return (
    <Dialog
      isOpen
      onClose={onClose}
      role="alertdialog"
      title={titleOf(name, theirs)}
      description={descriptionOf(theirs, isNarrow)}
      initialFocus={cancel}
      returnFocus={returnFocus}
      widthPixels={isComparable ? 1100 : 520}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          {theirs.kind !== "gone" && (
            <Button kind="dangerPlain" onClick={onTakeTheirs}>
              Use theirs
            </Button>
          )}
          {conditionOf(theirs) !== null && (
            <Button kind="primary" isBusy={isSaving} onClick={() => onSave(merged)}>
              {merged === mine ? "Keep mine" : isNarrow ? "Save merged version" : "Save right side"}
            </Button>
          )}
        </>
      }
    >
      <p role="status" className={round > 1 ? "mb-2 rounded-md bg-warn-soft px-3 py-2 font-medium" : "sr-only"}>
        {round > 1 && `${name} changed again. Nothing was saved. This is the current version.`}
      </p>
      {theirs.kind === "text" && (
        <div className="h-[58dvh] rounded-lg border border-line">
          <CompareView
            // Keyed by round, because the version may have changed and changed back.
            key={round}
            fileName={name}
            left={{ label: "Theirs (saved)", text: theirs.file.text, lineSeparator: theirs.file.lineSeparator }}
            right={{ label: "Yours", text: merged, lineSeparator }}
            isNarrow={isNarrow}
            onRightChange={setMerged}
          />
        </div>
      )}
    </Dialog>
  );
}

function titleOf(name: string, theirs: Theirs): string {
  switch (theirs.kind) {
    case "gone":
      return `${name} was deleted`;
    case "text":
      return `${name} has changed since you opened it`;
    default:
      return `${name} ${describeNonText(theirs.file)}`;
  }
}

function descriptionOf(theirs: Theirs, isNarrow: boolean): string {
  switch (theirs.kind) {
    case "gone":
      return "Save yours to create it again, or keep editing and decide later. Your text is kept.";
    case "no-text":
      return "Saving yours replaces the other version. Keep editing to decide later. Your text is kept.";
    case "no-file":
      return "Text cannot be saved over it. Your text is kept, so you can copy it elsewhere.";
    case "text":
      return isNarrow
        ? "The saved version is above yours. You can edit yours here."
        : "The saved version is on the left, yours on the right. Use the arrows to copy changes, or edit the right side.";
  }
}
