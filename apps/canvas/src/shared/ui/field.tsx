"use client";

import { CircleAlert } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

export const CONTROL =
  "rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink placeholder:text-ink-faint " +
  "h-9 disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-bad";

export const INPUT = `${CONTROL} w-full`;

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  children: (control: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": true | undefined;
  }) => ReactNode;
}

/** A label and a control, with its hint or its error below. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = Boolean(error ?? hint);
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      {children({ id, "aria-describedby": hasNote ? noteId : undefined, "aria-invalid": error ? true : undefined })}
      {hasNote && (
        <p id={noteId} className={cx("mt-1 flex gap-1.5 text-[13px]", error ? "text-bad" : "text-ink-faint")}>
          {error && <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />}
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends ComponentProps<"input"> {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
}

export const TextField = ({ label, hint, error, className, ...rest }: TextFieldProps) => (
  <Field label={label} hint={hint} error={error}>
    {(control) => (
      <input autoComplete="off" spellCheck={false} {...rest} {...control} className={cx(INPUT, className)} />
    )}
  </Field>
);

interface SelectFieldProps extends Omit<ComponentProps<"select">, "onChange"> {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  options: readonly { value: string; label: string; disabled?: boolean }[];
  onChange: (value: string) => void;
}

/** The native select, which works with every keyboard, screen reader and phone. */
export const SelectField = ({ label, hint, error, options, onChange, className, ...rest }: SelectFieldProps) => (
  <Field label={label} hint={hint} error={error}>
    {(control) => (
      <select
        {...rest}
        {...control}
        onChange={(event) => onChange(event.target.value)}
        className={cx(INPUT, "pr-8", className)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    )}
  </Field>
);
