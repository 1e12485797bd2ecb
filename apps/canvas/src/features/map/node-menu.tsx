"use client";

import type { CanvasNode } from "@berth/domain";
import { LayoutGrid, ZoomIn } from "lucide-react";
import { WorkspaceMenuItems } from "#features/actions/index.ts";
import { FOCUS_TARGETS, focusTarget } from "#shared/focus/focus-registry.ts";
import { MenuItem, PointMenu } from "#shared/ui/menu.tsx";
import { runOnMap } from "#shared/workspace/map-command.ts";

interface NodeMenuProps {
  node: CanvasNode;
  childCount: number;
  at: { x: number; y: number };
  onClose: () => void;
}

/** A card's context menu, labelled with its workspace. */
export const NodeMenu = ({ node, childCount, at, onClose }: NodeMenuProps) => (
  <PointMenu
    at={at}
    label={node.name}
    onClose={onClose}
    returnFocus={() => focusTarget(FOCUS_TARGETS.workspace(node.id))}
  >
    {childCount > 0 && !node.collapsed && (
      <>
        <MenuItem
          icon={<ZoomIn aria-hidden />}
          hint="Z"
          onSelect={() => runOnMap({ kind: "zoom_to_team", workspaceId: node.id })}
        >
          Zoom to team
        </MenuItem>
        <MenuItem
          icon={<LayoutGrid aria-hidden />}
          onSelect={() => runOnMap({ kind: "arrange_team", workspaceId: node.id })}
        >
          Arrange team
        </MenuItem>
      </>
    )}
    <WorkspaceMenuItems node={node} childCount={childCount} />
  </PointMenu>
);
