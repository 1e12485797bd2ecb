import { childrenById } from "#shared/workspace/teams.ts";
import { CARD, type FlowNode } from "./node-model.ts";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A team's area: around its lead and all visible descendants, including the frames of their teams. */
export interface TeamFrame extends Box {
  leadId: string;
  leadName: string;
  /** How many frames it is nested in. */
  depth: number;
}

/** The padding of a frame. The top has room for its title. */
export const FRAME_PADDING = { top: 52, side: 24, bottom: 24 } as const;

type Shown = Pick<FlowNode, "id" | "position"> & { data: { node: { parentId: string | null; name: string } } };

/**
 * The frames of all teams with visible members, outermost first. They are computed from the cards' positions and never
 * stored. `asIf` maps cards to the lead they would have after a drop.
 */
export function teamFrames(cards: readonly Shown[], asIf: ReadonlyMap<string, string | null> = new Map()): TeamFrame[] {
  const members = cards.map((card) => {
    const parentId = asIf.get(card.id);
    return { id: card.id, card, parentId: parentId === undefined ? card.data.node.parentId : parentId };
  });
  const children = childrenById(members);
  const shown = new Set(members.map(({ id }) => id));
  const frames: TeamFrame[] = [];
  const seen = new Set<string>();

  const boxOf = ({ id, card }: (typeof members)[number], depth: number): Box => {
    seen.add(id);
    const own: Box = { ...card.position, ...CARD };
    const team = (children.get(id) ?? []).filter((member) => !seen.has(member.id));
    if (team.length === 0) return own;
    const frame = { leadId: id, leadName: card.data.node.name, depth, ...own };
    frames.push(frame);
    return Object.assign(frame, padded(around([own, ...team.map((member) => boxOf(member, depth + 1))])));
  };

  for (const member of members) {
    const isTop = member.parentId === null || !shown.has(member.parentId);
    if (isTop && !seen.has(member.id)) boxOf(member, 0);
  }
  return frames.sort((one, other) => one.depth - other.depth);
}

/** The fraction of a card inside a box, 0 to 1. */
export function shareInside(card: { x: number; y: number }, box: Box): number {
  const width = Math.min(card.x + CARD.width, box.x + box.width) - Math.max(card.x, box.x);
  const height = Math.min(card.y + CARD.height, box.y + box.height) - Math.max(card.y, box.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (CARD.width * CARD.height);
}

/** The nearest position of a card that is completely inside the frame. */
export function clampInto(card: { x: number; y: number }, frame: Box): { x: number; y: number } {
  const { top, side, bottom } = FRAME_PADDING;
  const between = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most));
  return {
    x: between(card.x, frame.x + side, frame.x + frame.width - side - CARD.width),
    y: between(card.y, frame.y + top, frame.y + frame.height - bottom - CARD.height),
  };
}

function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

const padded = ({ x, y, width, height }: Box): Box => ({
  x: x - FRAME_PADDING.side,
  y: y - FRAME_PADDING.top,
  width: width + 2 * FRAME_PADDING.side,
  height: height + FRAME_PADDING.top + FRAME_PADDING.bottom,
});
