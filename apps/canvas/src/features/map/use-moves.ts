"use client";

import type { CanvasNode } from "@berth/domain";
import { applyNodeChanges, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { selectedIds } from "#shared/selection/selection-store.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import { remember } from "#shared/undo/undo.ts";
import { dragState } from "./drag-store.ts";
import { type FlowNode, type Positions, placesOf, syncFlowNodes } from "./node-model.ts";
import { useSaveLayout } from "./queries.ts";

/** The cards in React Flow's state, synced with the snapshot and saved once per move. */
export function useMoves(snapshot: readonly CanvasNode[]) {
  const [nodes, setNodes] = useState<FlowNode[]>(() =>
    syncFlowNodes([], snapshot, new Map()).map((node) => ({ ...node, selected: selectedIds().has(node.id) })),
  );
  const held = useRef(new Map<string, { x: number; y: number }>());
  const saved = useRef(snapshot);
  const snap = useRef<((position: { x: number; y: number }) => { x: number; y: number }) | null>(null);
  const putLayout = useSaveLayout();

  useEffect(() => {
    saved.current = snapshot;
    setNodes((current) => syncFlowNodes(current, snapshot, held.current));
  }, [snapshot]);

  /**
   * Moves cards with one request, as one undoable change.
   *
   * @returns false when the server refused it: the cards are then back, and an error was shown.
   */
  const place = useCallback(
    async (positions: Positions, what: string): Promise<boolean> => {
      const before = placesOf(saved.current, positions);
      // Recorded before the response, so that an early Ctrl+Z undoes this move and waits for it.
      const isPut = putLayout(positions);
      const forget = remember({
        what,
        undo: () => isPut.then(() => putLayout(before)),
        redo: () => putLayout(positions),
      });
      try {
        await isPut;
        return true;
      } catch (error) {
        forget();
        notifyError(error, "Could not save the new positions.");
        return false;
      }
    },
    [putLayout],
  );

  /** Saves everything moved since the last save. @returns whether something was saved. */
  const save = useCallback(
    async (names: string): Promise<boolean> => {
      const moved = new Map(held.current);
      if (moved.size === 0) return false;
      const isSaved = await place(moved, `move of ${names}`);
      for (const [id, position] of moved) if (held.current.get(id) === position) held.current.delete(id);
      return isSaved;
    },
    [place],
  );

  /** Moves cards locally: they keep that position over a refetch, and are saved with the others. */
  const carry = useCallback((positions: Positions) => {
    for (const [id, position] of positions) held.current.set(id, position);
    setNodes((current) =>
      current.map((node) => {
        const position = positions.get(node.id);
        return position ? { ...node, position } : node;
      }),
    );
  }, []);

  /** Discards unsaved moves: the cards go back. */
  const discard = useCallback(() => {
    held.current.clear();
    setNodes((current) => syncFlowNodes(current, saved.current, held.current));
  }, []);

  /** The moved cards that are not saved yet. */
  const peekHeld = useCallback((): Positions => held.current, []);

  /** @returns the unsaved moves and releases them: the caller decides their positions. */
  const takeHeld = useCallback((): Positions => {
    const moved = new Map(held.current);
    held.current.clear();
    return moved;
  }, []);

  /** Sets the snapping function for a drag; null after it. */
  const snapWith = useCallback((next: typeof snap.current) => {
    snap.current = next;
  }, []);

  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    const isOne = changes.filter(({ type }) => type === "position").length === 1;
    const wanted = changes.map((change) => {
      if (change.type !== "position" || !change.position) return change;
      if (dragState().kind === "cancelled") {
        const { position: _position, positionAbsolute: _absolute, ...rest } = change;
        return rest;
      }
      const position = snap.current && isOne ? snap.current(change.position) : change.position;
      held.current.set(change.id, position);
      return position === change.position ? change : { ...change, position };
    });
    setNodes((current) => applyNodeChanges(wanted, current));
  }, []);

  return { nodes, setNodes, onNodesChange, save, place, carry, discard, peekHeld, takeHeld, snapWith };
}

export type Moves = ReturnType<typeof useMoves>;
