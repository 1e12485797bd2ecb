import type { CanvasNode } from "@berth/domain";
import { count } from "#shared/text/format.ts";
import { idsBelow, topmost } from "#shared/workspace/teams.ts";
import { dropTarget, frameTarget } from "./drop-target.ts";
import { clampInto, shareInside, type TeamFrame, teamFrames } from "./frames.ts";
import { type FlowNode, type Positions, placesOf } from "./node-model.ts";

/** The team that a drop would move the dragged cards to. */
export interface Destination {
  /** The lead of the new team; null for no team. */
  leadId: string | null;
  /** True on the lead's own card, where a free place is searched; in a frame the card stays where it was dropped. */
  isOnCard: boolean;
}

export interface Drag {
  ids: ReadonlySet<string>;
  /** The dragged cards without a dragged ancestor. */
  roots: readonly string[];
  /** The start positions of all moving cards: the dragged ones and the teams they bring along. */
  starts: Positions;
  carried: ReadonlySet<string>;
  /** The cards that accept the drop. */
  candidates: readonly FlowNode[];
  /** The frames at the start of the drag, because a frame that follows the card would never be left. */
  frames: readonly TeamFrame[];
  /** The current team of the grabbed card: all dragged cards follow it. */
  home: Destination;
  names: string;
}

export function beginDrag(
  snapshot: readonly CanvasNode[],
  nodes: readonly FlowNode[],
  grabbedId: string,
  dragged: readonly FlowNode[],
  isAlone: boolean,
): Drag {
  const ids = new Set(dragged.map((node) => node.id));
  const below = idsBelow(snapshot, ids);
  const roots = topmost(snapshot, ids);
  const root = roots.find((id) => id === grabbedId || idsBelow(snapshot, [id]).has(grabbedId));
  const carried = new Set(isAlone ? [] : [...below].filter((id) => !ids.has(id)));
  const shown = new Map(nodes.map((node) => [node.id, node.position]));
  const starts = placesOf(snapshot, new Set([...ids, ...carried]));
  for (const [id, place] of starts) starts.set(id, shown.get(id) ?? place);
  const isOther = (id: string) => !ids.has(id) && !below.has(id);
  return {
    ids,
    roots,
    starts,
    carried,
    candidates: nodes.filter((node) => isOther(node.id)),
    frames: teamFrames(nodes).filter((frame) => isOther(frame.leadId)),
    home: { leadId: snapshot.find((node) => node.id === root)?.parentId ?? null, isOnCard: false },
    names: dragged.length === 1 ? (dragged[0]?.data.node.name ?? "") : count(dragged.length, "workspace"),
  };
}

/**
 * The meaning of a drop here: a card means its lead's team, a frame its own, and free space no team. The force key leaves
 * the team at any position.
 */
export function destinationAt(
  drag: Drag,
  place: { x: number; y: number },
  before: Destination,
  isForced: boolean,
): Destination {
  const homeId = drag.home.leadId;
  const cards = drag.candidates.filter((node) => node.id !== homeId);
  const card = dropTarget(place, cards, before.isOnCard ? before.leadId : null);
  if (card !== null) return { leadId: card, isOnCard: true };
  const frames = isForced ? drag.frames.filter((frame) => frame.leadId !== homeId) : drag.frames;
  return { leadId: frameTarget(place, frames, before.isOnCard ? null : before.leadId), isOnCard: false };
}

/** `into the team of lead`; null where a drop does not change the team. */
export function describeMove(drag: Drag, destination: Destination): string | null {
  if (destination.leadId === drag.home.leadId) return null;
  const isOut = destination.leadId === null;
  const leadId = isOut ? drag.home.leadId : destination.leadId;
  const name = drag.candidates.find((node) => node.id === leadId)?.data.node.name;
  return `${isOut ? "out of" : "into"} the team of ${name}`;
}

/**
 * A card that stays in its team enlarges the frame. If the frame would then cover a card of another team, the card is
 * moved back inside.
 */
export function clampedPlaces(drag: Drag, nodes: readonly FlowNode[], held: Positions): Positions | null {
  const [id, ...others] = drag.roots;
  const frame = drag.frames.find(({ leadId }) => leadId === drag.home.leadId);
  const at = id === undefined ? undefined : held.get(id);
  if (!frame || !at || id === undefined || others.length > 0) return null;
  const team = idsBelow(nodes.map(member), [frame.leadId]).add(frame.leadId);
  const grown = teamFrames(nodes).find(({ leadId }) => leadId === frame.leadId);
  const isCovered = (box: TeamFrame | undefined, node: FlowNode) => box && shareInside(node.position, box) > 0;
  const swallowed = nodes.some((node) => !team.has(node.id) && isCovered(grown, node) && !isCovered(frame, node));
  if (!swallowed) return null;
  const inside = clampInto(at, frame);
  return shifted(held, new Set(held.keys()), { x: inside.x - at.x, y: inside.y - at.y });
}

export function shifted(
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

const member = ({ id, data }: FlowNode) => ({ id, parentId: data.node.parentId });
