import { childrenById } from "#shared/workspace/teams.ts";
import { CARD, type FlowNode } from "./node-model.ts";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The ground of a team: around its lead and everybody below who is shown, other teams' frames included. */
export interface TeamFrame extends Box {
  leadId: string;
  leadName: string;
  /** How many teams it lies in. */
  depth: number;
}

/** Between a frame and what stands in it. Above there is room for its title. */
export const FRAME_PADDING = { top: 52, side: 24, bottom: 24 } as const;

type Shown = Pick<FlowNode, "id" | "position"> & { data: { node: { parentId: string | null; name: string } } };

/**
 * The frames of all teams with somebody to show, outermost first. They follow from where the cards are, so they grow and
 * shrink by themselves and are kept nowhere. `asIf` says to whose team somebody would belong after a drop.
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

/** How much of a card lies in a box: 0 to 1. */
export function shareInside(card: { x: number; y: number }, box: Box): number {
  const width = Math.min(card.x + CARD.width, box.x + box.width) - Math.max(card.x, box.x);
  const height = Math.min(card.y + CARD.height, box.y + box.height) - Math.max(card.y, box.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (CARD.width * CARD.height);
}

/** The place nearest to a card's that lies wholly in the frame. */
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
