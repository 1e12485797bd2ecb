"use client";

import type { Workspace } from "@berth/domain";
import { Ellipsis, X } from "lucide-react";
import { WorkspaceMenuItems } from "#features/actions/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { Menu } from "#shared/ui/menu.tsx";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { StatusBadge } from "#shared/workspace/status-badge.tsx";
import { EditableName } from "./editable-name.tsx";

export function PanelHeader({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const nodes = useSnapshot().data?.nodes ?? [];
  const childCount = nodes.filter((node) => node.parentId === workspace.id).length;
  return (
    <header className="flex items-start gap-1 border-b border-line px-4 pt-3 pb-2.5">
      <div className="min-w-0 flex-1">
        <EditableName workspace={workspace} />
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-ink-faint">
          <StatusBadge status={workspace.status} />
          <span>{BACKEND_NAMES[workspace.backend]}</span>
          <span aria-hidden>·</span>
          <span>Tier {workspace.tier}</span>
        </p>
        {workspace.role && <p className="mt-0.5 truncate text-[13px] text-ink-soft">{workspace.role}</p>}
      </div>
      <Menu
        label={workspace.name}
        trigger={
          <button
            type="button"
            aria-label={`Actions for ${workspace.name}`}
            className="inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-ink/8 hover:text-ink"
          >
            <Ellipsis aria-hidden className="size-4" />
          </button>
        }
      >
        <WorkspaceMenuItems node={workspace} childCount={childCount} compute={workspace.compute} hasOpen={false} />
      </Menu>
      <IconButton label="Close panel" onClick={onClose} side="left">
        <X aria-hidden />
      </IconButton>
    </header>
  );
}
