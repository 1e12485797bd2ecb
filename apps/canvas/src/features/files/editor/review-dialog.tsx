"use client";

import { useRef } from "react";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { baseName } from "../paths.ts";
import { CompareView } from "./compare-view.tsx";
import { useIsNarrow } from "./use-is-narrow.ts";

interface ReviewDialogProps {
  path: string;
  lineSeparator: string;
  before: string;
  after: string;
  isSaving: boolean;
  onSave: () => void;
  onDiscard: () => void;
  onClose: () => void;
  /** The editor, which takes the focus if the opener disappeared with the changes. */
  returnFocus: () => HTMLElement | null;
}

/** Shows what a save will change. */
export function ReviewDialog(props: ReviewDialogProps) {
  const isNarrow = useIsNarrow();
  const keepEditing = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      isOpen
      onClose={props.onClose}
      title={`Changes to ${baseName(props.path)}`}
      widthPixels={1100}
      initialFocus={keepEditing}
      returnFocus={props.returnFocus}
      footer={
        <>
          <Button kind="dangerPlain" onClick={props.onDiscard} className="mr-auto">
            Discard changes
          </Button>
          <Button ref={keepEditing} onClick={props.onClose}>
            Keep editing
          </Button>
          <Button kind="primary" isBusy={props.isSaving} onClick={props.onSave}>
            Save
          </Button>
        </>
      }
    >
      <div className="h-[60dvh] rounded-lg border border-line">
        <CompareView
          fileName={baseName(props.path)}
          left={{ label: "Saved", text: props.before, lineSeparator: props.lineSeparator }}
          right={{ label: "Yours", text: props.after, lineSeparator: props.lineSeparator }}
          isNarrow={isNarrow}
        />
      </div>
    </Dialog>
  );
}
