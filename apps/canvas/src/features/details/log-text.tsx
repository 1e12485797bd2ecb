"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL } from "#shared/ui/field.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { placesOf } from "./log-tail.ts";

const MARKED_MAX = 2_000;
const AT_END_PIXELS = 24;

interface LogTextProps {
  text: string;
  label: string;
  isFollowed: boolean;
}

/**
 * A log with a search field. It opens at the end, where the newest lines are, and follows it unless the user scrolls up.
 */
export function LogText({ text, label, isFollowed }: LogTextProps) {
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const block = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const places = useMemo(() => placesOf(text, wanted, MARKED_MAX), [text, wanted]);
  const current = places.length === 0 ? -1 : Math.min(at, places.length - 1);
  const place = places[current];
  useMarks(block, places, place, wanted.length);

  // `text` is a dependency because a longer text moves the end.
  useLayoutEffect(() => {
    if (block.current && isFollowed && isAtEnd.current && text !== "")
      block.current.scrollTop = block.current.scrollHeight;
  }, [text, isFollowed]);

  const go = (step: number) => {
    if (places.length > 0) setAt((current + step + places.length) % places.length);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape" && wanted !== "") {
      event.stopPropagation();
      setWanted("");
    }
  };

  return (
    <section aria-label={label}>
      <search className="flex items-center gap-1 border-b border-line px-2 py-1">
        <input
          type="search"
          aria-label={`Find in ${label.toLowerCase()}`}
          placeholder="Find"
          autoComplete="off"
          spellCheck={false}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className={cx(CONTROL, "h-8 min-w-0 flex-1")}
        />
        <span role="status" className="shrink-0 px-1 text-[13px] text-ink-soft tabular-nums">
          {wanted === "" ? "" : current === -1 ? "No results" : `${current + 1} of ${places.length}`}
        </span>
        <IconButton label="Previous match" onClick={() => go(-1)}>
          <ArrowUp aria-hidden />
        </IconButton>
        <IconButton label="Next match" onClick={() => go(1)}>
          <ArrowDown aria-hidden />
        </IconButton>
      </search>
      <pre
        ref={(element) => {
          if (element && !block.current) element.scrollTop = element.scrollHeight;
          block.current = element;
        }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the text.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PIXELS;
        }}
        className="relative max-h-96 overflow-auto bg-sunken p-3 font-mono text-xs leading-relaxed whitespace-pre-wrap break-all"
      >
        {text}
      </pre>
    </section>
  );
}

/** Highlights matches without copying the text. Without highlight support the browser still scrolls to the match. */
function useMarks(
  block: { readonly current: HTMLElement | null },
  places: readonly number[],
  current: number | undefined,
  length: number,
): void {
  useEffect(() => {
    const node = block.current?.firstChild;
    if (!node || !("highlights" in CSS) || places.length === 0) return;
    const rangeAt = (place: number) => {
      const range = new Range();
      range.setStart(node, place);
      range.setEnd(node, place + length);
      return range;
    };
    CSS.highlights.set("berth-found", new Highlight(...places.map(rangeAt)));
    if (current !== undefined) CSS.highlights.set("berth-found-now", new Highlight(rangeAt(current)));
    return () => {
      CSS.highlights.delete("berth-found");
      CSS.highlights.delete("berth-found-now");
    };
  }, [block, places, current, length]);

  useEffect(() => {
    const element = block.current;
    const node = element?.firstChild;
    if (!element || !node || current === undefined) return;
    const range = new Range();
    range.setStart(node, current);
    range.setEnd(node, current + length);
    const { top, bottom } = range.getBoundingClientRect();
    const frame = element.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) element.scrollTop += top - frame.top - element.clientHeight / 2;
  }, [block, current, length]);
}
