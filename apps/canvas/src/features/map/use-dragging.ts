"use client";

import type { CanvasNode } from "@berth/domain";
import { useCallback, useEffect, useRef } from "react";
import { useMoveTogether } from "#features/workspaces/index.ts";
import { announce } from "#shared/live/announce.ts";
import { undoHint } from "#shared/shortcuts/shortcuts.ts";
import { createStore } from "#shared/store/store.ts";
import { count } from "#shared/text/format.ts";
import { notifyDone } from "#shared/ui/notify.tsx";
import { idsBelow, topmost } from "#shared/workspace/teams.ts";
import { dropTarget } from "./drop-target.ts";
import { CARD, type FlowNode, freeSpot, type Positions } from "./node-model.ts";
import { useSaveLayout } from "./queries.ts";
import { type Moves, placesOf } from "./use-moves.ts";

const BELOW_LEAD = 72;

/** What would happen if the hand let go now; the card it names shows it, and so does a line above the map. */
export const dropHint = createStore<{ targetId: string; words: string } | null>(null);

interface Drag {
  ids: Set<string>;
  /** Where everything that moves was: what is dragged, and the teams that come along. */
  starts: Positions;
  carried: Set<string>;
  candidates: FlowNode[];
  names: string;
}

/**
 * A drag moves a card and its team with it (with Alt, the card alone). Dropped onto another card, it joins that one's
 * team and finds a free place below. Escape calls it off.
 */
export function useDragging(snapshot: readonly CanvasNode[], moves: Moves) {
  const drag = useRef<Drag | null>(null);
  const moveTogether = useMoveTogether();
  const saveLayout = useSaveLayout();
  // React Flow keeps its handlers: they stay the same while the cards move, and look here for what is now.
  const latest = useRef({ snapshot, moves, moveTogether, saveLayout });
  latest.current = { snapshot, moves, moveTogether, saveLayout };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !drag.current) return;
      // This Escape is for the drag: what else listens stays as it is.
      event.stopPropagation();
      drag.current = null;
      dropHint.set(null);
      latest.current.moves.cancel();
      announce("The move was called off.");
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => {
      window.removeEventListener("keydown", onKeyDown, true);
      dropHint.set(null);
    };
  }, []);

  const start = useCallback((isAlone: boolean, dragged: readonly FlowNode[]) => {
    const { snapshot: all, moves: now } = latest.current;
    now.startAnew();
    drag.current = beginDrag(all, now.nodes, dragged, isAlone);
  }, []);

  const move = useCallback((grabbed: FlowNode | undefined) => {
    const now = drag.current;
    const from = grabbed && now?.starts.get(grabbed.id);
    if (!now || !grabbed || !from) return;
    if (now.carried.size > 0) {
      const shift = { x: grabbed.position.x - from.x, y: grabbed.position.y - from.y };
      latest.current.moves.carry(shifted(now.starts, now.carried, shift));
    }
    const before = dropHint.get()?.targetId ?? null;
    const target = dropTarget(grabbed.position, now.candidates, before);
    if (target === before) return;
    const lead = now.candidates.find((node) => node.id === target)?.data.node.name;
    const words = `Drop to move ${now.names} into the team of ${lead}`;
    dropHint.set(target === null ? null : { targetId: target, words });
  }, []);

  const stop = useCallback(async () => {
    const now = drag.current;
    const lead = now?.candidates.find((node) => node.id === dropHint.get()?.targetId);
    const { snapshot: all, moves: moved, ...send } = latest.current;
    drag.current = null;
    dropHint.set(null);
    if (moved.startAnew() || !now) return;
    if (!lead) return moved.save();
    const held = moved.takeHeld();
    const before = placesOf(all, held);
    const roots = topmost(all, now.ids);
    const after = placesBelow(lead, roots, all, moved.nodes, held);
    await send.saveLayout(after);
    const { movedCount } = await send.moveTogether(
      roots.map((id) => ({ id, parentId: lead.id })),
      `move of ${now.names} into the team of ${lead.data.node.name}`,
      { undo: () => send.saveLayout(before), redo: () => send.saveLayout(after) },
    );
    if (movedCount > 0) notifyDone(`${now.names} moved into the team of ${lead.data.node.name}.`, undoHint());
    else await send.saveLayout(before);
  }, []);

  return { start, move, stop };
}

function beginDrag(
  snapshot: readonly CanvasNode[],
  nodes: readonly FlowNode[],
  dragged: readonly FlowNode[],
  isAlone: boolean,
): Drag {
  const ids = new Set(dragged.map((node) => node.id));
  const below = idsBelow(snapshot, ids);
  const carried = new Set(isAlone ? [] : [...below].filter((id) => !ids.has(id)));
  const parents = new Set(snapshot.filter((node) => ids.has(node.id)).map((node) => node.parentId));
  const present = parents.size === 1 ? [...parents][0] : null;
  const shown = new Map(nodes.map((node) => [node.id, node.position]));
  const starts = placesOf(snapshot, new Set([...ids, ...carried]));
  for (const [id, place] of starts) starts.set(id, shown.get(id) ?? place);
  return {
    ids,
    starts,
    carried,
    candidates: nodes.filter((node) => !ids.has(node.id) && !below.has(node.id) && node.id !== present),
    names: dragged.length === 1 ? (dragged[0]?.data.node.name ?? "") : count(dragged.length, "workspace"),
  };
}

/** Below the new lead, beside its team, on free ground; those who come along keep their distance. */
function placesBelow(
  lead: FlowNode,
  roots: readonly string[],
  snapshot: readonly CanvasNode[],
  nodes: readonly FlowNode[],
  held: Positions,
): Map<string, { x: number; y: number }> {
  const taken = nodes.filter((node) => !held.has(node.id)).map((node) => node.position);
  const near = { x: lead.position.x, y: lead.position.y + CARD.height + BELOW_LEAD };
  const places = new Map(held);
  for (const id of roots) {
    const at = held.get(id);
    if (!at) continue;
    const spot = freeSpot(taken, near);
    taken.push(spot);
    const team = new Set([id, ...[...idsBelow(snapshot, [id])].filter((one) => held.has(one))]);
    for (const [one, place] of shifted(held, team, { x: spot.x - at.x, y: spot.y - at.y })) places.set(one, place);
  }
  return places;
}

function shifted(
  starts: Positions,
  ids: ReadonlySet<string>,
  by: { x: number; y: number },
): Map<string, { x: number; y: number }> {
  const places = new Map<string, { x: number; y: number }>();
  for (const id of ids) {
    const from = starts.get(id);
    if (from) places.set(id, { x: from.x + by.x, y: from.y + by.y });
  }
  return places;
}
