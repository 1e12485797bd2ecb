"use client";

import { type FormEvent, useId, useRef, useState } from "react";
import { describeError } from "#shared/api/problem-help.ts";
import { Button } from "#shared/ui/button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { TextField } from "#shared/ui/field.tsx";

interface NameDialogProps {
  title: string;
  label: string;
  hint?: string;
  start: string;
  confirmLabel: string;
  /** Why what is typed cannot be used, or null. */
  complain: (value: string) => string | null;
  /** @throws what the server says; it is shown beside the field. */
  onConfirm: (value: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for one name or path. */
export function NameDialog(props: NameDialogProps) {
  const { title, label, hint, start, confirmLabel, complain, onConfirm, onClose } = props;
  const [value, setValue] = useState(start);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const formId = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const complaint = complain(value);
    setError(complaint);
    if (complaint !== null) return;
    setIsBusy(true);
    try {
      await onConfirm(value);
      onClose();
    } catch (failure) {
      const { title: what, next } = describeError(failure);
      setError(`${what} ${next}`);
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      initialFocus={input}
      widthPixels={440}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId} isBusy={isBusy}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={(event) => void submit(event)} className="pb-2">
        <TextField
          ref={input}
          label={label}
          hint={hint}
          value={value}
          error={error ?? undefined}
          onFocus={(event) => selectStem(event.currentTarget)}
          onChange={(event) => {
            setValue(event.target.value);
            setError(null);
          }}
        />
      </form>
    </Dialog>
  );
}

/** The part of a name that people change: not its ending. */
function selectStem(field: HTMLInputElement): void {
  const dot = field.value.lastIndexOf(".");
  const slash = field.value.lastIndexOf("/");
  field.setSelectionRange(slash + 1, dot > slash + 1 ? dot : field.value.length);
}
