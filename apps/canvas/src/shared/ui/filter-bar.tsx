"use client";

import { type LucideIcon, Search, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { INPUT } from "./field.tsx";

interface FilterBarProps {
  /** What the text searches: the field's label and placeholder. */
  searchLabel: string;
  search: string;
  onSearch: (search: string) => void;
  /** Null without an active filter. */
  onClear: (() => void) | null;
  children: ReactNode;
}

/** The filters above a list. */
export function FilterBar({ searchLabel, search, onSearch, onClear, children }: FilterBarProps) {
  return (
    <search className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
      <div className="relative min-w-40 flex-1 basis-52 sm:max-w-72">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-ink-faint" />
        <input
          type="search"
          aria-label={searchLabel}
          placeholder={searchLabel}
          value={search}
          onChange={(event) => onSearch(event.target.value)}
          className={`${INPUT} pl-8`}
        />
      </div>
      {children}
      {onClear && (
        <Button size="small" kind="quiet" icon={<X aria-hidden className="size-3.5" />} onClick={onClear}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

interface Choice<T extends string> {
  value: T;
  label: string;
  amount: number;
  icon: LucideIcon;
  /** The class for the icon's colour. */
  tint: string;
}

interface FilterChipsProps<T extends string> {
  legend: string;
  choices: readonly Choice<T>[];
  chosen: readonly T[];
  onChange: (chosen: T[]) => void;
}

/** A choice of several kinds, each with its count. */
export function FilterChips<T extends string>({ legend, choices, chosen, onChange }: FilterChipsProps<T>) {
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="sr-only">{legend}</legend>
      {choices.map(({ value, label, amount, icon: Icon, tint }) => {
        const isOn = chosen.includes(value);
        return (
          <button
            key={value}
            type="button"
            aria-pressed={isOn}
            onClick={() => onChange(isOn ? chosen.filter((one) => one !== value) : [...chosen, value])}
            className={cx(
              "inline-flex h-8 items-center gap-1.5 rounded-full border px-2.5 text-[13px]",
              isOn ? "border-accent bg-accent-soft text-ink" : "border-line-strong/60 text-ink-soft hover:bg-ink/8",
            )}
          >
            <Icon aria-hidden className={cx("size-3.5", tint)} />
            {label} <span className="tabular-nums">{amount}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
