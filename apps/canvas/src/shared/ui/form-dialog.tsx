"use client";

import { type FormEvent, type ReactNode, useId, useRef } from "react";
import { Button } from "./button.tsx";
import { Dialog, type DialogProps } from "./dialog.tsx";

export interface FormDialogProps extends Omit<DialogProps, "isOpen" | "footer"> {
  submitLabel: ReactNode;
  submitKind?: "primary" | "danger";
  /** False while the input cannot be sent. */
  canSubmit?: boolean;
  isBusy?: boolean;
  onSubmit: (form: HTMLFormElement) => void;
  /** Cancel takes the initial focus, so a stray Enter is harmless. */
  startsAtCancel?: boolean;
  /** Replaces the form while its content loads or has failed to load. */
  instead?: ReactNode;
  formClassName?: string;
}

/** A form with its submit button in the dialog's footer. Errors are shown beside the fields. */
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
