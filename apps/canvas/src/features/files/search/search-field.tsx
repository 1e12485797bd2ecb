"use client";

import { Search } from "lucide-react";
import type { KeyboardEvent, Ref } from "react";
import { cx } from "#shared/ui/cx.ts";
import { INPUT } from "#shared/ui/field.tsx";

interface SearchFieldProps {
  ref: Ref<HTMLInputElement>;
  text: string;
  onChange: (text: string) => void;
  /** Arrow down moves to the results. */
  onDown: () => void;
}

export function SearchField({ ref, text, onChange, onDown }: SearchFieldProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && text !== "") {
      event.preventDefault();
      onDown();
    }
    if (event.key === "Escape" && text !== "") {
      event.stopPropagation();
      onChange("");
    }
  };
  return (
    <search className="relative block border-b border-line px-3 py-1.5">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-5.5 size-4 -translate-y-1/2 text-ink-faint"
      />
      <input
        ref={ref}
        type="search"
        aria-label="Search names and contents"
        placeholder="Search names and contents"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        className={cx(INPUT, "h-8 pl-8")}
      />
    </search>
  );
}
