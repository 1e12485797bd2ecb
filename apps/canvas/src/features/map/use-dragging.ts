"use client";

import type { CanvasNode } from "@berth/domain";
import { useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { announce } from "#shared/live/announcement-store.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import { isTouch, notifyUndoable } from "#shared/undo/undo.ts";
import { align } from "./align.ts";
import { showGuides } from "./align-guide-store.ts";
import { beginDrag, clampedPlaces, describeMove, shifted } from "./drag-plan.ts";
import { dispatchDrag, dragState } from "./drag-store.ts";
import { type FlowNode, placesOf } from "./node-model.ts";
import { useChangeTeam } from "./use-change-team.ts";
import type { Moves } from "./use-moves.ts";

/** The snapping distance on the screen. */
const ALIGN_PIXELS = 6;

/**
 * Dragging moves a card and its team (with Alt, only the card). Dropped onto a card or into a frame it joins that team;
 * out of its frame (or with Ctrl, anywhere) it leaves. Escape cancels.
 */
export function useDragging(snapshot: readonly CanvasNode[], moves: Moves) {
  const changeTeam = useChangeTeam();
  const flow = useReactFlow<FlowNode>();
  // React Flow needs stable handlers, so they read current values from this ref.
  const latest = useRef({ snapshot, moves, changeTeam });
  latest.current = { snapshot, moves, changeTeam };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || dragState().kind !== "dragging") return;
      // This Escape only cancels the drag, so other listeners must not see it.
      event.stopPropagation();
      dispatchDrag({ kind: "cancelled" });
      stopSnapping(latest.current.moves);
      latest.current.moves.discard();
      announce("Move cancelled.");
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => {
      window.removeEventListener("keydown", onKeyDown, true);
      dispatchDrag({ kind: "ended" });
    };
  }, []);

  const start = useCallback(
    (grabbed: FlowNode | undefined, dragged: readonly FlowNode[], isAlone: boolean) => {
      if (!grabbed) return;
      const { snapshot: all, moves: now } = latest.current;
      const drag = beginDrag(all, now.nodes, grabbed.id, dragged, isAlone);
      dispatchDrag({ kind: "started", drag });
      const others = now.nodes.filter(({ id }) => !drag.starts.has(id)).map(({ position }) => position);
      now.snapWith((position) => {
        const aligned = align(position, others, ALIGN_PIXELS / flow.getZoom());
        showGuides(aligned.guides);
        return aligned.position;
      });
    },
    [flow],
  );

  const move = useCallback((grabbed: FlowNode | undefined, isForced: boolean) => {
    const state = dragState();
    if (state.kind !== "dragging" || !grabbed) return;
    const { starts, carried } = state.drag;
    const from = starts.get(grabbed.id);
    if (!from) return;
    if (carried.size > 0) {
      // The displayed position, which differs from the pointer while the card snaps to a line.
      const shown = latest.current.moves.peekHeld().get(grabbed.id) ?? grabbed.position;
      const shift = { x: shown.x - from.x, y: shown.y - from.y };
      latest.current.moves.carry(shifted(starts, carried, shift));
    }
    dispatchDrag({ kind: "moved", place: grabbed.position, isForced });
  }, []);

  const stop = useCallback(async () => {
    const state = dragState();
    const { snapshot: all, moves: moved, changeTeam: change } = latest.current;
    dispatchDrag({ kind: "ended" });
    stopSnapping(moved);
    if (state.kind !== "dragging") return;
    const { drag, hint } = state;
    if (!hint) {
      const inside = clampedPlaces(drag, moved.nodes, moved.peekHeld());
      if (inside) moved.carry(inside);
      if ((await moved.save(drag.names)) && isTouch()) notifyUndoable(`${drag.names} moved.`);
      return;
    }
    try {
      // Keeps the dropped positions while the code loads.
      const { placesAfter } = await import("./placing.ts");
      const held = moved.takeHeld();
      const after = placesAfter(drag, hint, all, moved.nodes, held);
      const where = describeMove(drag, hint) ?? "";
      const before = placesOf(all, held);
      await change({ snapshot: all, ids: drag.roots, leadId: hint.leadId, before, after, names: drag.names, where });
    } catch (error) {
      moved.discard();
      notifyError(error, "Move failed.");
    }
  }, []);

  return { start, move, stop };
}

function stopSnapping(moves: Moves): void {
  moves.snapWith(null);
  showGuides([]);
}
