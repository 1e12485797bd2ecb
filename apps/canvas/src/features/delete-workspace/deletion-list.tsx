"use client";

import type { DeletePreview } from "@berth/domain";
import { useId } from "react";
import { cx } from "#shared/ui/cx.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import { describeFate } from "./fate-text.ts";

interface DeletionListProps {
  deletions: DeletePreview["workspaces"];
  graceHours: number;
  isStale: boolean;
}

export const DeletionList = ({ deletions, graceHours, isStale }: DeletionListProps) => (
  <ul
    aria-label="Workspaces to delete"
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the list.
    tabIndex={0}
    className={cx(
      "max-h-56 divide-y divide-line overflow-y-auto rounded-lg border border-line",
      isStale && "opacity-60",
    )}
  >
    {deletions.map((workspace) => (
      <li key={workspace.id} className="px-3 py-2">
        <div className="flex items-center gap-2">
          <span className="min-w-0 flex-1 font-medium break-words">{workspace.name}</span>
          <StatusBadge status={workspace.status} />
        </div>
        <p className={cx("text-[13px]", workspace.fate === "erased" ? "font-medium text-bad" : "text-ink-soft")}>
          {describeFate(workspace, graceHours)}
        </p>
      </li>
    ))}
  </ul>
);

interface EraseChoiceProps {
  /** How many of the listed workspaces have saved data. */
  volumeCount: number;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}

export function EraseChoice({ volumeCount, isChecked, onChange }: EraseChoiceProps) {
  const noteId = useId();
  return (
    <div className={cx("rounded-lg border px-3 py-2", isChecked ? "border-bad/60 bg-bad-soft" : "border-line")}>
      <label className="flex cursor-pointer items-center gap-2.5 font-medium">
        <input
          type="checkbox"
          checked={isChecked}
          onChange={(event) => onChange(event.target.checked)}
          aria-describedby={noteId}
          className="size-4 accent-(--bad)"
        />
        Also erase saved data
      </label>
      <p id={noteId} className="mt-1 text-[13px] text-ink-soft">
        {volumeCount > 1
          ? `Erases all ${volumeCount} volumes listed above: /workspace and /configs. `
          : "Erases the volume: /workspace and /configs. "}
        This cannot be undone. Each erase produces a receipt. Downloaded copies and host backups made outside Berth are
        not erased.
      </p>
    </div>
  );
}
