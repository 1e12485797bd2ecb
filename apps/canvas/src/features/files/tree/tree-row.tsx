"use client";

import type { FileEntry } from "@berth/domain";
import { ChevronRight, Ellipsis, File, FileSymlink, FileX, Folder, FolderOpen } from "lucide-react";
import type { RefCallback } from "react";
import { formatBytes, formatDateTime } from "#shared/text/format.ts";
import { cx } from "#shared/ui/cx.ts";
import { Spinner } from "#shared/ui/spinner.tsx";
import type { Row } from "./tree-store.ts";

interface TreeRowProps {
  ref: RefCallback<HTMLElement>;
  row: Row;
  index: number;
  top: number;
  isCurrent: boolean;
  isOpen: boolean;
  isDropTarget: boolean;
  onFocus: () => void;
  onActivate: () => void;
  onMenu: (at: { x: number; y: number }) => void;
}

export function TreeRow({
  ref,
  row,
  index,
  top,
  isCurrent,
  isOpen,
  isDropTarget,
  onFocus,
  onActivate,
  onMenu,
}: TreeRowProps) {
  const isFolder = row.kind === "entry" && row.entry.kind === "directory";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the surrounding tree handles the keys of all its rows.
    <div
      ref={ref}
      role="treeitem"
      data-index={index}
      aria-level={row.depth + 1}
      aria-expanded={isFolder ? row.isExpanded : undefined}
      aria-selected={isOpen}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={onFocus}
      onClick={onActivate}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu({ x: event.clientX, y: event.clientY });
      }}
      style={{ transform: `translateY(${top}px)`, paddingLeft: 8 + row.depth * 16 }}
      className={cx(
        "group absolute inset-x-0 top-0 flex h-[30px] cursor-pointer items-center gap-1.5 pr-1 text-sm -outline-offset-2 select-none",
        isDropTarget ? "bg-accent-soft ring-1 ring-accent ring-inset" : isOpen ? "bg-accent-soft" : "hover:bg-ink/6",
      )}
    >
      {row.kind === "entry" ? (
        <EntryLine entry={row.entry} isExpanded={row.isExpanded} onMenu={onMenu} />
      ) : (
        <OtherLine row={row} />
      )}
    </div>
  );
}

interface EntryLineProps {
  entry: FileEntry;
  isExpanded: boolean;
  onMenu: (at: { x: number; y: number }) => void;
}

function EntryLine({ entry, isExpanded, onMenu }: EntryLineProps) {
  const isFolder = entry.kind === "directory";
  const Icon = iconOf(entry, isExpanded);
  const facts = [
    entry.error ?? null,
    entry.linkTarget && `link to ${entry.linkTarget}`,
    entry.modifiedAt && `changed ${formatDateTime(entry.modifiedAt)}`,
  ];
  return (
    <>
      <ChevronRight
        aria-hidden
        className={cx(
          "size-4 shrink-0 text-ink-faint transition-transform",
          isExpanded && "rotate-90",
          !isFolder && "invisible",
        )}
      />
      <Icon aria-hidden className={cx("size-4 shrink-0", isFolder ? "text-accent" : "text-ink-faint")} />
      <span className="min-w-0 flex-1 truncate" title={[entry.name, ...facts].filter(Boolean).join("\n")}>
        {entry.name}
        {entry.linkTarget !== null && <span className="text-ink-faint"> → {entry.linkTarget}</span>}
        {entry.error !== null && <span className="text-bad"> (cannot be read)</span>}
      </span>
      {entry.kind === "file" && entry.size !== null && (
        <span className="shrink-0 text-xs text-ink-faint tabular-nums">{formatBytes(entry.size)}</span>
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-label={`Actions for ${entry.name}`}
        onClick={(event) => {
          event.stopPropagation();
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          onMenu({ x: left, y: bottom });
        }}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded opacity-0 group-hover:opacity-100 group-focus:opacity-100 hover:bg-ink/10 pointer-coarse:opacity-100"
      >
        <Ellipsis aria-hidden className="size-4" />
      </button>
    </>
  );
}

function iconOf(entry: FileEntry, isExpanded: boolean) {
  if (entry.error !== null) return FileX;
  if (entry.kind === "directory") return isExpanded ? FolderOpen : Folder;
  return entry.kind === "symlink" ? FileSymlink : File;
}

function OtherLine({ row }: { row: Exclude<Row, { kind: "entry" }> }) {
  const text = {
    loading: "Loading…",
    empty: "Empty",
    failed: "Could not be read",
    more: row.kind === "more" && row.remaining !== null ? `${row.remaining.toLocaleString("en")} more…` : "More…",
  }[row.kind];
  return (
    <>
      {row.kind === "loading" || row.kind === "more" ? (
        <Spinner className="ml-5 text-ink-faint" />
      ) : (
        <span className="w-9" />
      )}
      <span className={row.kind === "failed" ? "text-bad" : "text-ink-faint"}>{text}</span>
    </>
  );
}
