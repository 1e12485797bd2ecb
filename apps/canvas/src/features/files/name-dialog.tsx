"use client";

import { useRef, useState } from "react";
import { describeError } from "#shared/api/problem-help.ts";
import { TextField } from "#shared/ui/field.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";

interface NameDialogProps {
  title: string;
  label: string;
  hint?: string;
  start: string;
  confirmLabel: string;
  /** Why the input is invalid, or null. */
  validate: (value: string) => string | null;
  /** @throws the server's error, which is shown beside the field. */
  onConfirm: (value: string) => Promise<void>;
  onClose: () => void;
  landing: () => HTMLElement | null;
}

/** Asks for one name or path. */
export function NameDialog(props: NameDialogProps) {
  const { title, label, hint, start, confirmLabel, validate, onConfirm, onClose, landing } = props;
  const [value, setValue] = useState(start);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const submit = async () => {
    const problem = validate(value);
    setError(problem);
    if (problem !== null) return;
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
    <FormDialog
      onClose={onClose}
      title={title}
      initialFocus={input}
      landing={landing}
      widthPixels={440}
      submitLabel={confirmLabel}
      isBusy={isBusy}
      onSubmit={() => void submit()}
    >
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
    </FormDialog>
  );
}

/** The part of a name that people usually change: without its extension. */
function selectStem(field: HTMLInputElement): void {
  const dot = field.value.lastIndexOf(".");
  const slash = field.value.lastIndexOf("/");
  field.setSelectionRange(slash + 1, dot > slash + 1 ? dot : field.value.length);
}
