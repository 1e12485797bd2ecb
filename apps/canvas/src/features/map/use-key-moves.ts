"use client";

import type { CanvasNode } from "@berth/domain";
import { useCallback, useEffect, useRef } from "react";
import { announce } from "#shared/live/announcement-store.ts";
import { beforeUndo } from "#shared/undo/undo.ts";
import { beginDrag, clampedPlaces, type Drag, shifted } from "./drag-plan.ts";
import type { Direction } from "./drop-target.ts";
import type { MapViewport } from "./use-map-viewport.ts";
import type { Moves } from "./use-moves.ts";

const PAUSE_MILLISECONDS = 500;
const STEP = 5;
const LARGE_STEP = 20;
const WAYS: Record<Direction, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/**
 * Arrow keys move a card, or the selection, and their teams. The move is saved as one change shortly after the last key.
 * Unlike a drag it never changes a team, however far a card goes.
 */
export function useKeyMoves(snapshot: readonly CanvasNode[], moves: Moves, viewport: MapViewport) {
  const run = useRef<Drag | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ snapshot, moves });
  latest.current = { snapshot, moves };

  /** Saves the moves so far. */
  const settle = useCallback(() => {
    clearTimeout(timer.current);
    const now = run.current;
    run.current = null;
    if (!now) return;
    const { moves: moved } = latest.current;
    const inside = clampedPlaces(now, moved.nodes, moved.peekHeld());
    if (inside) moved.carry(inside);
    const words = wayOf(now, moved.peekHeld());
    void moved.save(now.names).then((isSaved) => isSaved && announce(`${now.names} moved${words}.`));
  }, []);

  useEffect(() => {
    const forget = beforeUndo(settle);
    window.addEventListener("pagehide", settle);
    return () => {
      forget();
      window.removeEventListener("pagehide", settle);
      settle();
    };
  }, [settle]);

  /** @param id the focused card; null when the selection box has the focus. */
  const step = (id: string | null, direction: Direction, isLarge: boolean) => {
    const { nodes } = moves;
    const selected = nodes.filter((node) => node.selected);
    const chosen =
      id === null || selected.some((node) => node.id === id) ? selected : nodes.filter((node) => node.id === id);
    const [first] = chosen;
    if (!first) return;
    if (
      run.current &&
      !(run.current.ids.size === chosen.length && chosen.every((node) => run.current?.ids.has(node.id)))
    )
      settle();
    const now = run.current ?? beginDrag(snapshot, nodes, id ?? first.id, chosen, false);
    run.current = now;
    const [x, y] = WAYS[direction];
    const length = isLarge ? LARGE_STEP : STEP;
    const held = moves.peekHeld();
    const from = new Map([...now.starts].map(([one, place]) => [one, held.get(one) ?? place]));
    const places = shifted(from, new Set(from.keys()), { x: x * length, y: y * length });
    moves.carry(places);
    const place = places.get(id ?? first.id);
    // A card outside the view is not rendered and would lose the focus.
    if (place) viewport.follow(place);
    clearTimeout(timer.current);
    timer.current = setTimeout(settle, PAUSE_MILLISECONDS);
  };

  return { step, settle };
}

/** ` 40 right, 5 up`, measured on the first card. */
function wayOf(run: Drag, held: ReadonlyMap<string, { x: number; y: number }>): string {
  const [id = ""] = run.roots;
  const from = run.starts.get(id);
  const to = held.get(id);
  if (!from || !to) return "";
  const [x, y] = [Math.round(to.x - from.x), Math.round(to.y - from.y)];
  const parts = [x && `${Math.abs(x)} ${x > 0 ? "right" : "left"}`, y && `${Math.abs(y)} ${y > 0 ? "down" : "up"}`];
  return ` ${parts.filter(Boolean).join(", ")}`.trimEnd();
}
