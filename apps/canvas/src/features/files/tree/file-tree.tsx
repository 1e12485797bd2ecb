"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type DragEvent, type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useRowFocus } from "#shared/focus/row-focus.ts";
import { cx } from "#shared/ui/cx.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { parentOf, TOP } from "../paths.ts";
import { findTyped, moveForKey } from "./tree-keys.ts";
import { TreeRow } from "./tree-row.tsx";
import type { Row, TreeStore } from "./tree-store.ts";

const ROW_HEIGHT = 30;
const TYPE_AHEAD_MILLISECONDS = 700;

/** The rendered rows, for those who return the focus to one. */
export interface TreeHandle {
  rowOf(path: string): HTMLElement | null;
  currentRow(): HTMLElement | null;
}

interface FileTreeProps {
  ref: Ref<TreeHandle>;
  store: TreeStore;
  label: string;
  /** Search results replace the tree, which keeps its state behind them. */
  isHidden: boolean;
  /** The path that has the focus, or would take it. */
  current: string;
  openPath: string | null;
  onCurrent: (path: string) => void;
  onOpen: (path: string) => void;
  onRename: (path: string) => void;
  onRemove: (path: string) => void;
  onMenu: (path: string, at: { x: number; y: number }) => void;
  onDrop: (folder: string, items: DataTransferItemList) => void;
}

/** A tree of any size by keyboard and pointer: only visible rows are rendered, and one of them is focusable. */
export function FileTree(props: FileTreeProps) {
  const { ref, store, label, isHidden, current, openPath, onCurrent, onOpen, onRename, onRemove, onMenu, onDrop } =
    props;
  const rows = store.useRows();
  const scroller = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  const [dropFolder, setDropFolder] = useState<string | null>(null);
  const rowFocus = useRowFocus();
  const indexOf = (path: string) => rows.findIndex((row) => row.kind === "entry" && row.path === path);
  const at = Math.max(0, indexOf(current));
  useImperativeHandle(ref, () => ({
    rowOf: (path) => rowFocus.elementAt(indexOf(path)),
    currentRow: () => rowFocus.elementAt(at),
  }));

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => keyOf(rows[index]),
    // The focused row stays rendered; otherwise the focus would be lost when it scrolls away.
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const from = Math.max(0, startIndex - overscan);
      const to = Math.min(count - 1, endIndex + overscan);
      const range = Array.from({ length: to - from + 1 }, (_, step) => from + step);
      if (at < from) range.unshift(at);
      if (at > to) range.push(at);
      return range;
    },
  });

  const focusLine = (index: number) => {
    const row = rows[index];
    if (!row) return;
    virtual.scrollToIndex(index);
    if (row.kind === "entry") onCurrent(row.path);
    else if (row.kind === "more") void store.loadMore(row.path);
    // A frame later, because loading the next page may change the rows.
    requestAnimationFrame(() => rowFocus.focus(index));
  };

  const toggle = (path: string) => (store.isExpanded(path) ? store.collapse(path) : void store.expand(path));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A row's own button handles these two keys itself.
    if ((event.key === "Enter" || event.key === " ") && event.target instanceof HTMLButtonElement) return;
    const move = moveForKey(event.key, rows, at);
    if (move) {
      event.preventDefault();
      if ("to" in move) focusLine(move.to);
      else if ("expand" in move) void store.expand(move.expand);
      else if ("collapse" in move) store.collapse(move.collapse);
      else if ("toggle" in move) toggle(move.toggle);
      else if ("open" in move) onOpen(move.open);
      else if ("rename" in move) onRename(move.rename);
      else onRemove(move.remove);
      return;
    }
    if (event.key.length === 1) typeAhead(event.key);
  };

  const typeAhead = (letter: string) => {
    const now = performance.now();
    const isFresh = now - typed.current.at > TYPE_AHEAD_MILLISECONDS;
    typed.current = { text: isFresh ? letter : typed.current.text + letter, at: now };
    const found = findTyped(rows, at, typed.current.text);
    if (found !== -1) focusLine(found);
  };

  /** Where a drop on a row goes: into a folder, or beside a file. */
  const folderOf = (row: Row | undefined): string =>
    row?.kind !== "entry" ? (row?.path ?? TOP) : row.entry.kind === "directory" ? row.path : parentOf(row.path);

  const rowUnder = (event: DragEvent): Row | undefined => {
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
    return line ? rows[Number(line.dataset.index)] : undefined;
  };

  // A visible "more" row loads its page, and then the next one if it is still visible.
  const more = virtual.getVirtualItems().findLast(({ index }) => rows[index]?.kind === "more");
  const morePath = more && rows[more.index]?.path;
  const moreAt = more?.index;
  useEffect(() => {
    if (morePath !== undefined && moreAt !== undefined) void store.loadMore(morePath);
  }, [morePath, moreAt, store]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; buttons do the same for keyboards.
    <div
      ref={scroller}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setDropFolder(folderOf(rowUnder(event)));
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node) && setDropFolder(null)}
      onDrop={(event) => {
        event.preventDefault();
        setDropFolder(null);
        onDrop(folderOf(rowUnder(event)), event.dataTransfer.items);
      }}
      hidden={isHidden}
      className={cx("min-h-0 flex-1 overflow-auto", dropFolder === TOP && "bg-accent-soft")}
    >
      <div
        role="tree"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <TreeRow
              key={key}
              ref={rowFocus.ref(index)}
              row={row}
              index={index}
              top={start}
              isCurrent={index === at}
              isOpen={row.kind === "entry" && row.path === openPath}
              isDropTarget={row.kind === "entry" && row.path === dropFolder}
              onFocus={() => row.kind === "entry" && row.path !== current && onCurrent(row.path)}
              onActivate={() => {
                if (row.kind === "more") void store.loadMore(row.path);
                if (row.kind !== "entry") return;
                onCurrent(row.path);
                if (row.entry.kind === "directory") toggle(row.path);
                else onOpen(row.path);
              }}
              onMenu={(place) => row.kind === "entry" && onMenu(row.path, place)}
            />
          );
        })}
      </div>
      <Failures rows={rows} store={store} />
    </div>
  );
}

/** A folder that failed to load shows the reason and a retry. */
function Failures({ rows, store }: { rows: readonly Row[]; store: TreeStore }) {
  const failed = rows.filter((row) => row.kind === "failed");
  return failed.map((row) => (
    <div key={row.path} className="p-2">
      {row.path !== TOP && <p className="mb-1 text-[13px] text-ink-soft">{row.path}</p>}
      <ErrorNotice error={row.error} onRetry={() => void store.reload(row.path)} />
    </div>
  ));
}

const keyOf = (row: Row | undefined): string => (row ? `${row.kind} ${row.path}` : "");
