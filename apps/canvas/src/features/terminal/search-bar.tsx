"use client";

import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL } from "#shared/ui/field.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import type { Found, TerminalScreen } from "./terminal-screen.ts";

/** Searches a terminal's output: Enter for the next match, Shift+Enter for the previous, Escape to close. */
export function SearchBar({ screen, onClose }: { screen: TerminalScreen; onClose: () => void }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    field.current?.focus();
    const stop = screen.onFound(setFound);
    return () => {
      stop();
      screen.stopFinding();
    };
  }, [screen]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    }
    if (event.key === "Enter") screen.find(text, event.shiftKey ? "previous" : "next");
  };

  return (
    <search onKeyDown={onKeyDown} className="flex items-center gap-1 border-b border-line px-2 py-1">
      <input
        ref={field}
        type="search"
        aria-label="Find in terminal"
        placeholder="Find"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (event.target.value === "") {
            setFound(null);
            screen.stopFinding();
          } else screen.find(event.target.value, "previous", true);
        }}
        className={cx(CONTROL, "h-8 min-w-0 flex-1")}
      />
      <span role="status" className="shrink-0 px-1 text-[13px] text-ink-soft tabular-nums">
        {text === "" || !found ? "" : found.count === 0 ? "No results" : `${found.at} of ${found.count}`}
      </span>
      <IconButton label="Previous match" onClick={() => screen.find(text, "previous")}>
        <ArrowUp aria-hidden />
      </IconButton>
      <IconButton label="Next match" onClick={() => screen.find(text, "next")}>
        <ArrowDown aria-hidden />
      </IconButton>
      <IconButton label="Close search" onClick={onClose}>
        <X aria-hidden />
      </IconButton>
    </search>
  );
}
