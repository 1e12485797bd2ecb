"use client";

import { type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

interface RadioCardsProps<T extends string> {
  legend: ReactNode;
  value: T;
  options: readonly { value: T; title: string; text: ReactNode }[];
  onChange: (value: T) => void;
  disabled?: boolean;
}

/** A radio group with an explanation of every choice. */
export function RadioCards<T extends string>({ legend, value, options, onChange, disabled }: RadioCardsProps<T>) {
  const name = useId();
  return (
    <fieldset disabled={disabled}>
      <legend className="mb-1.5 text-[13px] font-medium">{legend}</legend>
      <div className="grid gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              "flex cursor-pointer gap-2.5 rounded-md border px-3 py-2",
              "has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              option.value === value ? "border-accent bg-accent-soft" : "border-line hover:border-line-strong",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              aria-describedby={`${name}-${option.value}`}
              aria-label={option.title}
              className="mt-0.5 size-4 shrink-0 accent-(--accent) outline-none"
            />
            <span className="min-w-0">
              <span className="block font-medium">{option.title}</span>
              <span id={`${name}-${option.value}`} className="block text-[13px] text-ink-soft">
                {option.text}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
