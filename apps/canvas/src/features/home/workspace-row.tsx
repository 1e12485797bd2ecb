"use client";

import type { Workspace } from "@berth/domain";
import { memo, type MouseEvent as ReactMouseEvent } from "react";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { FOCUS_TARGETS, useFocusTarget } from "#shared/focus/focus-registry.ts";
import { formatAgo, formatBytes } from "#shared/text/format.ts";
import { cx } from "#shared/ui/cx.ts";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceTitle } from "#shared/workspace/persistence-text.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import type { Row } from "./rows.ts";

/** All rows have the same height, so the list's height is known without rendering it. */
export const ROW_PIXELS = 52;
const CELL = "border-b border-line px-3 whitespace-nowrap";

interface WorkspaceRowProps {
  row: Row;
  index: number;
  /** The one row that Tab stops at. */
  isActive: boolean;
  isSelected: boolean;
  isOpen: boolean;
  /** `isRange` selects all rows from the last selected one to this one. */
  onMark: (id: string, isRange: boolean) => void;
  /** Called when the row or a control in it takes the focus. */
  onFocus: (id: string) => void;
}

export const WorkspaceRow = memo(function WorkspaceRow(props: WorkspaceRowProps) {
  const { row, index, isActive, isSelected, isOpen, onMark, onFocus } = props;
  const { node, details } = row;
  const link = useFocusTarget(FOCUS_TARGETS.workspace(node.id));
  const open = (event: ReactMouseEvent) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (event.shiftKey) onMark(node.id, true);
    else navigate((now) => openWorkspace(now, node.id));
  };
  return (
    <tr
      onFocus={() => onFocus(node.id)}
      aria-rowindex={index + 2}
      aria-current={isOpen || undefined}
      style={{ height: ROW_PIXELS }}
      className={cx(isOpen || isSelected ? "bg-accent-soft" : "hover:bg-ink/4")}
    >
      <td className={cx(CELL, "w-0 pr-1")}>
        <input
          type="checkbox"
          aria-label={`Select ${node.name}`}
          tabIndex={isActive ? 0 : -1}
          checked={isSelected}
          onChange={(event) => onMark(node.id, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)}
          className="block size-4 accent-(--accent)"
        />
      </td>
      <td className={cx(CELL, "w-full max-w-0")}>
        <a
          ref={link}
          href={`?w=${node.id}`}
          tabIndex={isActive ? 0 : -1}
          onClick={open}
          className="block truncate font-medium text-accent -outline-offset-2 hover:underline"
        >
          {node.name}
        </a>
        {node.role && <span className="block truncate text-[13px] text-ink-soft">{node.role}</span>}
      </td>
      <td className={CELL}>
        <StatusBadge status={node.status} />
      </td>
      <td className={cx(CELL, "max-sm:hidden")}>{BACKEND_NAMES[node.backend]}</td>
      <td className={cx(CELL, "max-lg:hidden")}>{node.tier}</td>
      <td className={cx(CELL, "max-md:hidden")}>{details && persistenceTitle(details.compute.dataPersistence)}</td>
      <td className={cx(CELL, "text-right tabular-nums max-sm:hidden")}>{details && sizeOf(details.volume)}</td>
      <td className={cx(CELL, "text-ink-soft max-xl:hidden")}>
        {details && (details.lastHeartbeatAt ? <Ago at={details.lastHeartbeatAt} /> : "Never")}
      </td>
    </tr>
  );
});

const sizeOf = (volume: Workspace["volume"]): string =>
  volume === null ? "Not kept" : volume.sizeBytes === null ? "Not measured" : formatBytes(volume.sizeBytes);

const Ago = ({ at }: { at: string }) => <time dateTime={at}>{formatAgo(at, useServerNow())}</time>;
