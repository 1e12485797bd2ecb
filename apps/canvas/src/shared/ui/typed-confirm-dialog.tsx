"use client";

import { useState } from "react";
import { ErrorNotice } from "./error-notice.tsx";
import { TextField } from "./field.tsx";
import { FormDialog, type FormDialogProps } from "./form-dialog.tsx";

interface TypedConfirmDialogProps
  extends Pick<
    FormDialogProps,
    "title" | "description" | "isBusy" | "instead" | "formClassName" | "children" | "onClose"
  > {
  /** The text to type; empty while it is unknown, and then nothing confirms. */
  expected: string;
  ignoresCase?: boolean;
  confirmLabel: FormDialogProps["submitLabel"];
  /** Why the last attempt failed. */
  error?: unknown;
  onConfirm: () => void;
}

/** Confirms a change that is hard to undo, by typing the object's name. */
export function TypedConfirmDialog({
  expected,
  ignoresCase = false,
  confirmLabel,
  error,
  onConfirm,
  children,
  ...dialog
}: TypedConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const entered = ignoresCase ? typed.trim().toLowerCase() : typed.trim();
  return (
    <FormDialog
      {...dialog}
      role="alertdialog"
      startsAtCancel
      submitKind="danger"
      submitLabel={confirmLabel}
      canSubmit={expected !== "" && entered === expected}
      onSubmit={onConfirm}
    >
      {children}
      <TextField
        label={
          <>
            Type <strong className="font-semibold select-all">{expected}</strong> to confirm
          </>
        }
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {Boolean(error) && <ErrorNotice error={error} />}
    </FormDialog>
  );
}
