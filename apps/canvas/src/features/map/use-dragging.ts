"use client";

import type { CanvasNode } from "@berth/domain";
import { useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { announce } from "#shared/live/announcement-store.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import { isTouch, notifyUndoable } from "#shared/undo/undo.ts";
import { align } from "./align.ts";
import { showGuides } from "./align-guide-store.ts";
import {
  beginDrag,
  clampedPlaces,
  type Destination,
  type Drag,
  describeMove,
  destinationAt,
  shifted,
} from "./drag-plan.ts";
import { dropHint, setDropHint } from "./drop-hint-store.ts";
import { loadPlacing } from "./load-placing.ts";
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
  const drag = useRef<Drag | null>(null);
  const destination = useRef<Destination>({ leadId: null, isOnCard: false });
  const changeTeam = useChangeTeam();
  const flow = useReactFlow<FlowNode>();
  // React Flow needs stable handlers, so they read current values from this ref.
  const latest = useRef({ snapshot, moves, changeTeam });
  latest.current = { snapshot, moves, changeTeam };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !drag.current) return;
      // This Escape only cancels the drag, so other listeners must not see it.
      event.stopPropagation();
      drag.current = null;
      setDropHint(null);
      letGo(latest.current.moves);
      latest.current.moves.cancel();
      announce("Move cancelled.");
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => {
      window.removeEventListener("keydown", onKeyDown, true);
      setDropHint(null);
    };
  }, []);

  const start = useCallback(
    (grabbed: FlowNode | undefined, dragged: readonly FlowNode[], isAlone: boolean) => {
      if (!grabbed) return;
      const { snapshot: all, moves: now } = latest.current;
      now.startAnew();
      drag.current = beginDrag(all, now.nodes, grabbed.id, dragged, isAlone);
      destination.current = drag.current.home;
      const { starts } = drag.current;
      const others = now.nodes.filter(({ id }) => !starts.has(id)).map(({ position }) => position);
      now.snapWith((position) => {
        const aligned = align(position, others, ALIGN_PIXELS / flow.getZoom());
        showGuides(aligned.guides);
        return aligned.position;
      });
    },
    [flow],
  );

  const move = useCallback((grabbed: FlowNode | undefined, isForced: boolean) => {
    const now = drag.current;
    const from = grabbed && now?.starts.get(grabbed.id);
    if (!now || !grabbed || !from) return;
    if (now.carried.size > 0) {
      // The displayed position, which differs from the pointer while the card snaps to a line.
      const shown = latest.current.moves.peekHeld().get(grabbed.id) ?? grabbed.position;
      const shift = { x: shown.x - from.x, y: shown.y - from.y };
      latest.current.moves.carry(shifted(now.starts, now.carried, shift));
    }
    destination.current = destinationAt(now, grabbed.position, destination.current, isForced);
    const where = describeMove(now, destination.current);
    const words = where && `Drop to move ${now.names} ${where}`;
    const before = dropHint();
    // Between a lead's card and its frame the text is the same, but the newcomer's position differs.
    if (words === (before?.words ?? null) && (!before || before.isOnCard === destination.current.isOnCard)) return;
    setDropHint(words ? { ...destination.current, ids: now.roots, words } : null);
  }, []);

  const stop = useCallback(async () => {
    const now = drag.current;
    const hint = dropHint();
    const { snapshot: all, moves: moved, changeTeam: change } = latest.current;
    drag.current = null;
    setDropHint(null);
    letGo(moved);
    if (moved.startAnew() || !now) return;
    if (!hint) {
      const inside = clampedPlaces(now, moved.nodes, moved.peekHeld());
      if (inside) moved.carry(inside);
      if ((await moved.save(now.names)) && isTouch()) notifyUndoable(`${now.names} moved.`);
      return;
    }
    try {
      // Keeps the dropped positions while the code loads.
      const { placesAfter } = await loadPlacing();
      const held = moved.takeHeld();
      const after = placesAfter(now, hint, all, moved.nodes, held);
      const where = describeMove(now, hint) ?? "";
      const before = placesOf(all, held);
      await change({ snapshot: all, ids: now.roots, leadId: hint.leadId, before, after, names: now.names, where });
    } catch (error) {
      moved.cancel();
      moved.startAnew();
      notifyError(error, "Move failed.");
    }
  }, []);

  return { start, move, stop };
}

function letGo(moves: Moves): void {
  moves.snapWith(null);
  showGuides([]);
}
