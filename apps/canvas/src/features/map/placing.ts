import type { CanvasNode } from "@berth/domain";
import { idsBelow } from "#shared/workspace/teams.ts";
import { type Destination, type Drag, shifted } from "./drag-plan.ts";
import { shareInside, teamFrames } from "./frames.ts";
import { CARD, type FlowNode, type Positions, placesOf, syncFlowNodes } from "./node-model.ts";

// Loaded with the first team change, because showing the map does not need it.

const BELOW_LEAD = 72;
const GAP = 40;
const STEP = { x: CARD.width + GAP, y: CARD.height + GAP };
const STEPS_MAX = 6;

interface Point {
  x: number;
  y: number;
}

/** The part of a card that frames are computed from. */
type Card = Pick<FlowNode, "id" | "position"> & { data: { node: CanvasNode } };

interface Newcomers {
  snapshot: readonly CanvasNode[];
  cards: readonly Card[];
  /** The cards that change their team. */
  roots: readonly string[];
  /** The current positions of these cards and of their teams. */
  starts: Positions;
  leadId: string | null;
}

/** The final positions of dragged cards after they joined or left a team. */
export function placesAfter(
  drag: Drag,
  destination: Destination,
  snapshot: readonly CanvasNode[],
  cards: readonly FlowNode[],
  held: Positions,
): Map<string, Point> {
  const newcomers = { snapshot, cards, roots: drag.roots, starts: held, leadId: destination.leadId };
  const places = new Map(held);
  // In a frame or on free space, a card stays where it was dropped if that place is free.
  for (const [id, place] of settle(newcomers, !destination.isOnCard)) places.set(id, place);
  return places;
}

/** The positions of these cards and their teams after a team change without a drag. */
export function placesInTeam(
  snapshot: readonly CanvasNode[],
  roots: readonly string[],
  leadId: string | null,
): { before: Positions; after: Positions } {
  const cards = syncFlowNodes([], snapshot, new Map());
  const shown = new Map(cards.map(({ id, position }) => [id, position]));
  const before = placesOf(snapshot, new Set([...roots, ...idsBelow(snapshot, roots)]));
  const starts = new Map([...before].map(([id, place]) => [id, shown.get(id) ?? place]));
  return { before, after: settle({ snapshot, cards, roots, starts, leadId }, false) };
}

/** Places the cards one after the other; their teams keep their relative positions. */
function settle({ snapshot, cards, roots, starts, leadId }: Newcomers, isOwnChoice: boolean): Map<string, Point> {
  const asIf = new Map(roots.map((id) => [id, leadId]));
  const lead = cards.find(({ id }) => id === leadId)?.position;
  const places = new Map<string, Point>();
  let settled = cards.filter(({ id }) => !starts.has(id));
  for (const id of roots) {
    const at = starts.get(id);
    if (!at) continue;
    const team = new Set([id, ...[...idsBelow(snapshot, [id])].filter((one) => starts.has(one))]);
    const own = cards.filter((card) => team.has(card.id));
    // A card hidden in its lead may become visible after the move.
    if (own.length === 0) own.push(...snapshot.filter((node) => node.id === id).map((node) => cardAt(node, at)));
    const wanted = lead && !isOwnChoice ? { x: lead.x, y: lead.y + CARD.height + BELOW_LEAD } : at;
    const by = freeShift(settled, own, asIf, { x: wanted.x - at.x, y: wanted.y - at.y }, isOwnChoice);
    for (const [one, place] of shifted(starts, team, by)) places.set(one, place);
    settled = [...settled, ...moved(own, by)];
  }
  return places;
}

/**
 * The shift nearest to the wanted one that puts these cards on free space. It avoids frames that would cover a card of
 * another team if possible, because frames show who belongs to whom.
 */
function freeShift(
  others: readonly Card[],
  own: readonly Card[],
  asIf: ReadonlyMap<string, string | null>,
  wanted: Point,
  isOwnChoice: boolean,
): Point {
  if (isOwnChoice && isFree(others, moved(own, wanted), 0)) return wanted;
  const least = countForeignCards(others, asIf);
  let best = { by: wanted, amount: Number.POSITIVE_INFINITY };
  for (const { x, y } of WAYS) {
    const by = { x: wanted.x + x, y: wanted.y + y };
    const there = moved(own, by);
    if (!isFree(others, there, GAP / 2)) continue;
    const amount = countForeignCards([...others, ...there], asIf);
    if (amount <= least) return by;
    if (amount < best.amount) best = { by, amount };
  }
  return best.by;
}

/** Nearest first; right and below before above, where the lead is. */
const WAYS: readonly Point[] = (() => {
  const steps = Array.from({ length: 2 * STEPS_MAX + 1 }, (_, at) => STEPS_MAX - at);
  const ways = steps.flatMap((row) => steps.map((column) => ({ x: column * STEP.x, y: row * STEP.y })));
  // Fills a row before the next one begins.
  const distance = ({ x, y }: Point) => Math.hypot(x, 2 * y) + (y < 0 ? 4 * STEP.y : 0);
  return ways.sort((one, other) => distance(one) - distance(other));
})();

const isFree = (others: readonly Card[], own: readonly Card[], gap: number): boolean =>
  !own.some(({ position: { x, y } }) =>
    others.some(
      ({ position }) => Math.abs(position.x - x) < CARD.width + gap && Math.abs(position.y - y) < CARD.height + gap,
    ),
  );

/** Counts the cards inside another team's frame. */
function countForeignCards(cards: readonly Card[], asIf: ReadonlyMap<string, string | null>): number {
  const members = cards.map(({ id, data }) => ({
    id,
    parentId: asIf.get(id) ?? (asIf.has(id) ? null : data.node.parentId),
  }));
  let amount = 0;
  for (const frame of teamFrames(cards, asIf)) {
    const team = idsBelow(members, [frame.leadId]).add(frame.leadId);
    for (const { id, position } of cards) if (!team.has(id) && shareInside(position, frame) > 0) amount++;
  }
  return amount;
}

const cardAt = (node: CanvasNode, position: Point): Card => ({ id: node.id, position, data: { node } });

const moved = (cards: readonly Card[], by: Point): Card[] =>
  cards.map(({ position: { x, y }, ...card }) => ({ ...card, position: { x: x + by.x, y: y + by.y } }));
