"use client";

import type { CanvasNode } from "@berth/domain";
import { WorkspaceMenuItems } from "#features/actions/index.ts";
import { PointMenu } from "#shared/ui/menu.tsx";

interface NodeMenuProps {
  node: CanvasNode;
  childCount: number;
  at: { x: number; y: number };
  onClose: () => void;
}

/** The context menu of a card, named after its workspace. */
export const NodeMenu = ({ node, childCount, at, onClose }: NodeMenuProps) => (
  <PointMenu
    at={at}
    label={node.name}
    onClose={onClose}
    returnFocus={() => document.querySelector<HTMLElement>(`.react-flow__node[data-id="${node.id}"]`)}
  >
    <WorkspaceMenuItems node={node} childCount={childCount} />
  </PointMenu>
);
