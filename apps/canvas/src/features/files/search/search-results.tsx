"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { File, Folder } from "lucide-react";
import { type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from "react";
import { useRowFocus } from "#shared/focus/row-focus.ts";
import { count } from "#shared/text/format.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { Spinner } from "#shared/ui/spinner.tsx";
import { baseName, parentOf, TOP } from "../paths.ts";
import { partsAround, type ResultRow } from "./found-files.ts";
import type { FileSearch } from "./use-search.ts";

const ROW_HEIGHT = 28;

export interface ResultsHandle {
  focus(): void;
}

interface SearchResultsProps {
  search: FileSearch;
  text: string;
  ref: Ref<ResultsHandle>;
  onOpen: (path: string, line: number | null, isFolder: boolean) => void;
  onLeave: () => void;
}

/** Files with their matching lines. Arrows move through all of them, and Enter opens a file at the line. */
export function SearchResults({ search, text, ref, onOpen, onLeave }: SearchResultsProps) {
  const { rows, isSearching, isCut, error } = search;
  const scroller = useRef<HTMLDivElement>(null);
  const rowFocus = useRowFocus();
  const [wanted, setWanted] = useState(0);
  const at = Math.min(wanted, Math.max(0, rows.length - 1));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });

  const focusRow = (index: number) => {
    setWanted(index);
    virtual.scrollToIndex(index);
    rowFocus.focus(index);
  };
  useImperativeHandle(ref, () => ({ focus: () => rows.length > 0 && focusRow(0) }));

  const open = (row: ResultRow) =>
    onOpen(row.path, row.kind === "line" ? row.line : null, row.kind === "file" && row.file.kind === "directory");

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowUp" && at === 0) return onLeave();
    const target = {
      ArrowDown: Math.min(at + 1, rows.length - 1),
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    focusRow(target);
  };

  const files = rows.filter(({ kind }) => kind === "file").length;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <p role="status" className="flex items-center gap-2 px-3 py-1.5 text-[13px] text-ink-soft">
        {isSearching && <Spinner />}
        {files > 0
          ? `${isCut ? "First results: " : ""}${count(files, "file")}`
          : isSearching
            ? "Searching…"
            : "No results"}
      </p>
      {Boolean(error) && <ErrorNotice className="m-2" error={error} />}
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
        <ul
          aria-label="Search results"
          onKeyDown={onKeyDown}
          className="relative"
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <li key={index} style={{ transform: `translateY(${start}px)` }} className="absolute inset-x-0 top-0">
                  <button
                    type="button"
                    ref={rowFocus.ref(index)}
                    tabIndex={index === at ? 0 : -1}
                    onFocus={() => setWanted(index)}
                    onClick={() => open(row)}
                    className="flex h-7 w-full min-w-0 items-center gap-2 px-3 text-left -outline-offset-2 hover:bg-ink/6"
                  >
                    {row.kind === "file" ? <FileRow row={row} text={text} /> : <LineRow row={row} text={text} />}
                  </button>
                </li>
              )
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function FileRow({ row, text }: { row: Extract<ResultRow, { kind: "file" }>; text: string }) {
  const Icon = row.file.kind === "directory" ? Folder : File;
  const folder = parentOf(row.path);
  return (
    <>
      <Icon aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <span className="min-w-0 truncate" title={row.path}>
        <Marked text={baseName(row.path)} wanted={row.file.isNameMatch ? text : ""} />
        {folder !== TOP && <span className="text-[13px] text-ink-faint"> {folder}</span>}
      </span>
    </>
  );
}

const LineRow = ({ row, text }: { row: Extract<ResultRow, { kind: "line" }>; text: string }) => (
  <>
    <span className="w-12 shrink-0 text-right text-xs text-ink-faint tabular-nums">
      <span className="sr-only">Line </span>
      {row.line}
    </span>
    <span className="min-w-0 truncate font-mono text-[13px] text-ink-soft">
      <Marked text={row.text} wanted={text} />
    </span>
  </>
);

function Marked({ text, wanted }: { text: string; wanted: string }) {
  const [before, match, after] = wanted === "" ? [text, "", ""] : partsAround(text, wanted);
  return (
    <>
      {before}
      {match !== "" && <mark className="rounded-xs bg-warn-soft text-ink">{match}</mark>}
      {after}
    </>
  );
}
