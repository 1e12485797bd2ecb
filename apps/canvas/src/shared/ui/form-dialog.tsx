"use client";

import { type FormEvent, type ReactNode, useId, useRef } from "react";
import { Button } from "./button.tsx";
import { Dialog, type DialogProps } from "./dialog.tsx";

export interface FormDialogProps extends Omit<DialogProps, "isOpen" | "footer"> {
  submitLabel: ReactNode;
  submitKind?: "primary" | "danger";
  /** False while what is there cannot be sent. */
  canSubmit?: boolean;
  isBusy?: boolean;
  onSubmit: (form: HTMLFormElement) => void;
  /** Cancel has the focus first, so Enter never does what was not read. */
  startsAtCancel?: boolean;
  /** Stands in the form's place while what it asks about is loading, or could not be loaded. */
  instead?: ReactNode;
  formClassName?: string;
}

/** A form that is sent from the foot of its dialog. What is wrong with it stands beside its fields. */
export function FormDialog({
  submitLabel,
  submitKind = "primary",
  canSubmit = true,
  isBusy = false,
  onSubmit,
  startsAtCancel = false,
  instead,
  formClassName = "grid gap-4 pb-2",
  children,
  ...dialog
}: FormDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const formId = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (canSubmit) onSubmit(event.currentTarget);
  };
  return (
    <Dialog
      {...dialog}
      {...(startsAtCancel ? { initialFocus: cancel } : {})}
      isOpen
      footer={
        <>
          <Button ref={cancel} onClick={dialog.onClose}>
            Cancel
          </Button>
          <Button kind={submitKind} type="submit" form={formId} disabled={!canSubmit} isBusy={isBusy}>
            {submitLabel}
          </Button>
        </>
      }
    >
      {instead || (
        <form id={formId} onSubmit={submit} noValidate className={formClassName}>
          {children}
        </form>
      )}
    </Dialog>
  );
}
