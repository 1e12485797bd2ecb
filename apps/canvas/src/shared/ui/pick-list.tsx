"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useRef, useState } from "react";
import { cx } from "./cx.ts";
import { INPUT } from "./field.tsx";

export interface PickOption {
  id: string;
  label: string;
  hint?: string;
  icon?: ReactNode;
  /** The heading above the first option of a group. */
  group?: string;
  keys?: string;
}

interface PickListProps {
  ref?: Ref<HTMLInputElement>;
  label: string;
  placeholder: string;
  search: string;
  onSearch: (search: string) => void;
  options: readonly PickOption[];
  onPick: (id: string) => void;
  /** The text when nothing matches. */
  nothing: ReactNode;
}

const ROW_PIXELS = 40;

/**
 * A search field with a list of options, used by arrows and Enter or by pointer. A thousand options cost as much as ten.
 */
export function PickList({ ref, label, placeholder, search, onSearch, options, onPick, nothing }: PickListProps) {
  const id = useId();
  const [active, setActive] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const at = Math.min(active, Math.max(0, options.length - 1));
  const rows = useVirtualizer({
    count: options.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 8,
  });

  // The list is in a dialog rendered in a portal, so it is measured once it is mounted.
  useEffect(() => rows.measure(), [rows]);

  const move = (next: number) => {
    const last = options.length - 1;
    const to = next < 0 ? last : next > last ? 0 : next;
    setActive(to);
    rows.scrollToIndex(to);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const picked = options[at];
    const target = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: Math.min(at + 8, options.length - 1),
      PageUp: Math.max(at - 8, 0),
    }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      move(target);
    } else if (event.key === "Enter" && picked && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onPick(picked.id);
    }
  };

  return (
    <div className="pb-2">
      <input
        ref={ref}
        role="combobox"
        aria-label={label}
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={options.length > 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={search}
        onChange={(event) => {
          onSearch(event.target.value);
          setActive(0);
          scroller.current?.scrollTo({ top: 0 });
        }}
        onKeyDown={onKeyDown}
        className={INPUT}
      />
      <p role="status" className={options.length > 0 ? "sr-only" : "px-1 pt-3 text-ink-soft"}>
        {options.length > 0 ? `${options.length} options` : nothing}
      </p>
      <div ref={scroller} className="mt-2 h-80 max-h-[50dvh] overflow-y-auto" hidden={options.length === 0}>
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={label}
          className="relative"
          style={{ height: rows.getTotalSize() }}
        >
          {rows.getVirtualItems().map((row) => {
            const option = options[row.index];
            return (
              option && (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys, as in every combobox.
                <div
                  key={option.id}
                  id={`${id}-${row.index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={row.index === at}
                  aria-setsize={options.length}
                  aria-posinset={row.index + 1}
                  onClick={() => onPick(option.id)}
                  onPointerMove={() => setActive(row.index)}
                  style={{ height: ROW_PIXELS, transform: `translateY(${row.start}px)` }}
                  className={cx(
                    "absolute inset-x-0 top-0 flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 [&>svg]:size-4 [&>svg]:shrink-0",
                    row.index === at && "bg-accent-soft",
                  )}
                >
                  {option.icon}
                  <span className="min-w-0 flex-1 truncate">
                    {option.label}
                    {option.hint && <span className="ml-2 text-[13px] text-ink-soft">{option.hint}</span>}
                  </span>
                  {option.group && <span className="shrink-0 text-xs text-ink-soft">{option.group}</span>}
                  {option.keys && (
                    <kbd className="shrink-0 rounded border border-line-strong/60 px-1 font-mono text-xs">
                      {option.keys}
                    </kbd>
                  )}
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}
