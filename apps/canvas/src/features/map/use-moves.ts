"use client";

import type { CanvasNode } from "@berth/domain";
import { applyNodeChanges, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { type FlowNode, syncFlowNodes } from "./node-model.ts";
import { useSaveLayout } from "./queries.ts";

const KEYBOARD_PAUSE_MILLISECONDS = 500;

/** The cards as React Flow moves them, kept in step with the snapshot, saved once when a move ends. */
export function useMoves(snapshot: readonly CanvasNode[]) {
  const [nodes, setNodes] = useState<FlowNode[]>(() => syncFlowNodes([], snapshot, new Map()));
  const held = useRef(new Map<string, { x: number; y: number }>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const saveLayout = useSaveLayout();

  useEffect(() => {
    setNodes((current) => syncFlowNodes(current, snapshot, held.current));
  }, [snapshot]);

  /** Sends everything that moved since the last time, in one request. */
  const save = useCallback(async () => {
    clearTimeout(timer.current);
    const moved = new Map(held.current);
    if (moved.size === 0) return;
    await saveLayout(moved);
    for (const [id, position] of moved) if (held.current.get(id) === position) held.current.delete(id);
  }, [saveLayout]);

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      let isMoveByKeyboard = false;
      for (const change of changes) {
        if (change.type !== "position" || !change.position) continue;
        held.current.set(change.id, change.position);
        if (!change.dragging) isMoveByKeyboard = true;
      }
      setNodes((current) => applyNodeChanges(changes, current));
      if (!isMoveByKeyboard) return;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void save(), KEYBOARD_PAUSE_MILLISECONDS);
    },
    [save],
  );

  return { nodes, setNodes, onNodesChange, save };
}
