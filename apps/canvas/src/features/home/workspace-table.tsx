"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { FOCUS_TARGETS, focusWhenMounted } from "#shared/focus/focus-registry.ts";
import { select, selectedIds, toggleSelected, useSelection } from "#shared/selection/selection-store.ts";
import { cx } from "#shared/ui/cx.ts";
import type { ListColumn, ListState } from "#shared/url/list-state.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { extendRange, lineOf, rangeFrom } from "./line-range.ts";
import { changeList } from "./list-filters.tsx";
import type { Row } from "./rows.ts";
import { ROW_PIXELS, WorkspaceRow } from "./workspace-row.tsx";

const COLUMNS: { id: ListColumn; label: string; className: string }[] = [
  { id: "name", label: "Name", className: "w-full" },
  { id: "status", label: "Status", className: "" },
  { id: "backend", label: "Backend", className: "max-sm:hidden" },
  { id: "tier", label: "Tier", className: "max-lg:hidden" },
  { id: "saved", label: "Saved data", className: "max-md:hidden" },
  { id: "size", label: "Size", className: "text-right max-sm:hidden" },
  { id: "seen", label: "Last seen", className: "max-xl:hidden" },
];

/** Renders only visible rows, so a thousand workspaces scroll like ten. One row is focusable. */
export function WorkspaceTable({ rows, list }: { rows: readonly Row[]; list: ListState }) {
  const selected = useSelection();
  const openId = useUrlPart((state) => state.workspaceId);
  const [activeId, setActiveId] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const range = useRef(rangeFrom(null));
  const lastLine = useRef(0);
  const ids = useMemo(() => rows.map(({ node }) => node.id), [rows]);
  const at = lineOf(ids, activeId, lastLine.current);
  useEffect(() => {
    lastLine.current = at;
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

  const extendTo = useCallback(
    (line: number) => {
      const next = extendRange(range.current, ids, selectedIds(), lastLine.current, line);
      range.current = next;
      select(next.made);
    },
    [ids],
  );

  const onMark = useCallback(
    (id: string, isRange: boolean) => {
      if (isRange) return extendTo(ids.indexOf(id));
      toggleSelected(id);
      range.current = rangeFrom(id);
    },
    [ids, extendTo],
  );

  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    const id = ids[next] ?? null;
    setActiveId(id);
    virtual.scrollToIndex(next);
    // A distant row renders only after the scroll.
    if (id !== null) focusWhenMounted(FOCUS_TARGETS.workspace(id));
    return next;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PIXELS) - 1);
    const target = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (target !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      // A range starts here if the row was not reached by arrows.
      const here = ids[at] ?? null;
      if (event.shiftKey && range.current.endId !== here) range.current = rangeFrom(here);
      const next = go(target);
      if (event.shiftKey) extendTo(next);
      else range.current = rangeFrom(ids[next] ?? null);
    } else if (event.key === " " && event.target instanceof HTMLAnchorElement) {
      event.preventDefault();
      const id = ids[at];
      if (id) onMark(id, false);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      select(ids);
    } else if (event.key === "Escape" && selected.size > 0) {
      select([]);
    }
  };

  const isAll = rows.every(({ node }) => selected.has(node.id));
  const isSome = !isAll && rows.some(({ node }) => selected.has(node.id));

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto rounded-lg border border-line bg-surface">
      <table className="w-full border-collapse" aria-rowcount={rows.length + 1} aria-label="Workspaces">
        <thead className="sticky top-0 z-10 bg-surface shadow-[inset_0_-1px_0_var(--line)]">
          <tr>
            <th scope="col" className="w-0 py-2 pr-1 pl-3">
              <input
                type="checkbox"
                aria-label="Select all"
                ref={(box) => {
                  if (box) box.indeterminate = isSome;
                }}
                checked={isAll}
                onChange={() => select(isAll ? [] : ids)}
                className="block size-4 accent-(--accent)"
              />
            </th>
            {COLUMNS.map((column) => (
              <Head key={column.id} {...column} list={list} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {before > 0 && <Space height={before} />}
          {items.map(({ index }) => {
            const row = rows[index];
            return (
              row && (
                <WorkspaceRow
                  key={row.node.id}
                  row={row}
                  index={index}
                  isActive={index === at}
                  isSelected={selected.has(row.node.id)}
                  isOpen={openId === row.node.id}
                  onMark={onMark}
                  // Focusing a row by Tab or click makes it the current one, as arrows do.
                  onFocus={setActiveId}
                />
              )
            );
          })}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
    </div>
  );
}

/** Takes the height of the rows that are out of view. */
const Space = ({ height }: { height: number }) => (
  <tr aria-hidden>
    <td colSpan={COLUMNS.length + 1} style={{ height, padding: 0 }} />
  </tr>
);

interface HeadProps {
  id: ListColumn;
  label: string;
  className: string;
  list: ListState;
}

function Head({ id, label, className, list }: HeadProps) {
  const isSorted = list.sort === id;
  const Arrow = list.isDescending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (list.isDescending ? "descending" : "ascending") : undefined}
      className={cx("px-3 py-1.5 text-left text-[13px] font-medium whitespace-nowrap text-ink-soft", className)}
    >
      <button
        type="button"
        onClick={() => changeList({ sort: id, isDescending: isSorted && !list.isDescending })}
        className={cx(
          "-mx-1.5 inline-flex items-center gap-1 align-middle rounded px-1.5 py-0.5 hover:bg-ink/8 hover:text-ink",
          className.includes("text-right") && "flex-row-reverse",
        )}
      >
        {label}
        <Arrow aria-hidden className={cx("size-3.5", !isSorted && "invisible")} />
      </button>
    </th>
  );
}
