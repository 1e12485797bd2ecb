"use client";

import type { CanvasNode } from "@berth/domain";
import { applyNodeChanges, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { selection } from "#shared/selection/selection.ts";
import { count } from "#shared/text/format.ts";
import { remember } from "#shared/undo/undo.ts";
import { type FlowNode, type Positions, syncFlowNodes } from "./node-model.ts";
import { useSaveLayout } from "./queries.ts";

const KEYBOARD_PAUSE_MILLISECONDS = 500;

/** The cards as React Flow moves them, kept in step with the snapshot, saved once when a move ends. */
export function useMoves(snapshot: readonly CanvasNode[]) {
  const [nodes, setNodes] = useState<FlowNode[]>(() =>
    syncFlowNodes([], snapshot, new Map()).map((node) => ({ ...node, selected: selection.get().has(node.id) })),
  );
  const held = useRef(new Map<string, { x: number; y: number }>());
  const saved = useRef(snapshot);
  const isCancelled = useRef(false);
  const snap = useRef<((position: { x: number; y: number }) => { x: number; y: number }) | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const putLayout = useSaveLayout();

  useEffect(() => {
    saved.current = snapshot;
    setNodes((current) => syncFlowNodes(current, snapshot, held.current));
  }, [snapshot]);

  /** Puts cards somewhere in one request, as one change that Ctrl+Z takes back. */
  const place = useCallback(
    async (positions: Positions, what: string) => {
      const before = placesOf(saved.current, positions);
      // Remembered at once: Ctrl+Z that comes before the answer means this move, and waits for it.
      const isPut = putLayout(positions);
      remember({ what, undo: () => isPut.then(() => putLayout(before)), redo: () => putLayout(positions) });
      await isPut;
    },
    [putLayout],
  );

  /** Sends everything that moved since the last time. */
  const save = useCallback(async () => {
    clearTimeout(timer.current);
    const moved = new Map(held.current);
    if (moved.size === 0) return;
    await place(moved, describeMove(saved.current, moved));
    for (const [id, position] of moved) if (held.current.get(id) === position) held.current.delete(id);
  }, [place]);

  /** Moves cards along with the hand: they stay there over a refetch, and are saved with the rest. */
  const carry = useCallback((positions: Positions) => {
    for (const [id, position] of positions) held.current.set(id, position);
    setNodes((current) =>
      current.map((node) => {
        const position = positions.get(node.id);
        return position ? { ...node, position } : node;
      }),
    );
  }, []);

  /** Lets go of what was moved but not saved: the cards go back, and the rest of this drag moves nothing. */
  const cancel = useCallback(() => {
    isCancelled.current = true;
    clearTimeout(timer.current);
    held.current.clear();
    setNodes((current) => syncFlowNodes(current, saved.current, held.current));
  }, []);

  /** What was moved and is not saved yet. */
  const peekHeld = useCallback((): Positions => held.current, []);

  /** @returns what was moved, which is no longer held: somebody else decides where it goes. */
  const takeHeld = useCallback((): Positions => {
    clearTimeout(timer.current);
    const moved = new Map(held.current);
    held.current.clear();
    return moved;
  }, []);

  /** Called when a drag begins and when it is over. @returns true when the drag that ends was called off. */
  const startAnew = useCallback((): boolean => {
    const wasCancelled = isCancelled.current;
    isCancelled.current = false;
    return wasCancelled;
  }, []);

  /** While a card is dragged, what draws it into line; null when it is let go of. */
  const snapWith = useCallback((next: typeof snap.current) => {
    snap.current = next;
  }, []);

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      let isMoveByKeyboard = false;
      const isOne = changes.filter(({ type }) => type === "position").length === 1;
      const wanted = changes.map((change) => {
        if (change.type !== "position" || !change.position) return change;
        if (isCancelled.current) {
          const { position: _left, positionAbsolute: _out, ...rest } = change;
          return rest;
        }
        if (!change.dragging) isMoveByKeyboard = true;
        const position = snap.current && isOne ? snap.current(change.position) : change.position;
        held.current.set(change.id, position);
        return position === change.position ? change : { ...change, position };
      });
      setNodes((current) => applyNodeChanges(wanted, current));
      if (!isMoveByKeyboard) return;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void save(), KEYBOARD_PAUSE_MILLISECONDS);
    },
    [save],
  );

  return { nodes, setNodes, onNodesChange, save, place, carry, cancel, peekHeld, takeHeld, snapWith, startAnew };
}

export type Moves = ReturnType<typeof useMoves>;

/** Where these cards are by the snapshot. */
export function placesOf(
  snapshot: readonly CanvasNode[],
  ids: Pick<Positions, "has">,
): Map<string, { x: number; y: number }> {
  return new Map(snapshot.filter((node) => ids.has(node.id)).map((node) => [node.id, node.position]));
}

function describeMove(snapshot: readonly CanvasNode[], moved: Positions): string {
  const [id] = moved.keys();
  const name = snapshot.find((node) => node.id === id)?.name ?? "a workspace";
  return moved.size === 1 ? `move of ${name}` : `move of ${count(moved.size, "workspace")}`;
}
