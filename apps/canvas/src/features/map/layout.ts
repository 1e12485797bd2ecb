import type { ELK, ElkNode } from "elkjs/lib/elk-api";
import { childrenById } from "#shared/workspace/teams.ts";
import { FRAME_PADDING } from "./frames.ts";
import { CARD } from "./node-model.ts";

interface Placed {
  id: string;
  parentId: string | null;
  position: { x: number; y: number };
  collapsed: boolean;
}

interface Point {
  x: number;
  y: number;
}

/** The used part of the layout library, which computes in a worker. */
export type LayoutEngine = Pick<ELK, "layout">;

const GAP = 40;
/** The distance between a lead and its team, for the edges. */
const LEVEL_GAP = 56;
const TEAM_GAP = 64;
/** Wider than high, like a screen. */
const ASPECT = 1.6;
/** Up to this many boxes form a single row. */
const ROW_BOXES = 4;

/**
 * Positions for all cards: each lead above the centre of its team in a frame, with frames and single cards packed beside
 * each other. Keeps the left-to-right and top-to-bottom order.
 */
export async function arrangeAll(nodes: readonly Placed[], engine: LayoutEngine): Promise<Map<string, Point>> {
  const children = childrenById(nodes);
  const known = new Set(nodes.map((node) => node.id));
  const seen = new Set<string>();
  const roots = nodes.filter((node) => node.parentId === null || !known.has(node.parentId));
  const boxes = inReadingOrder(roots).map((root) => teamBox(root, children, seen));
  // The remaining nodes form a cycle of leads, which is broken at the first of them.
  for (const node of nodes) if (!seen.has(node.id)) boxes.push(teamBox(node, children, seen));
  const places = placesIn(await engine.layout(packed("all", boxes, TEAM_GAP)));
  return withHidden(nodes, places);
}

/** The same for one team: its lead keeps its position. */
export async function arrangeTeam(
  nodes: readonly Placed[],
  leadId: string,
  engine: LayoutEngine,
): Promise<Map<string, Point>> {
  const lead = nodes.find((node) => node.id === leadId);
  if (!lead) return new Map();
  const box = teamBox({ ...lead, collapsed: false }, childrenById(nodes), new Set());
  const laid = placesIn(await engine.layout(packed("all", [box], TEAM_GAP)));
  const corner = laid.get(leadId) ?? { x: 0, y: 0 };
  const places = new Map<string, Point>();
  for (const [id, { x, y }] of laid) {
    places.set(id, { x: lead.position.x + x - corner.x, y: lead.position.y + y - corner.y });
  }
  return withHidden(nodes, places);
}

/** A card, or a team's frame with the lead above and the members packed below. */
function teamBox(lead: Placed, children: ReadonlyMap<string, Placed[]>, seen: Set<string>): ElkNode {
  seen.add(lead.id);
  const card: ElkNode = { id: lead.id, ...CARD };
  const team = (children.get(lead.id) ?? []).filter((member) => !seen.has(member.id));
  if (lead.collapsed || team.length === 0) {
    for (const member of team) markSeen(member, children, seen);
    return card;
  }
  const boxes = inReadingOrder(team).map((member) => teamBox(member, children, seen));
  const members = packed(`members ${lead.id}`, boxes, GAP);
  const { top, side, bottom } = FRAME_PADDING;
  return {
    id: `team ${lead.id}`,
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.layered.spacing.nodeNodeBetweenLayers": `${LEVEL_GAP}`,
      "elk.padding": `[top=${top},left=${side},bottom=${bottom},right=${side}]`,
    },
    children: [card, members],
    edges: [{ id: `line ${lead.id}`, sources: [card.id], targets: [members.id] }],
  };
}

const packed = (id: string, children: ElkNode[], gap: number): ElkNode => ({
  id,
  layoutOptions: {
    "elk.algorithm": "rectpacking",
    "elk.aspectRatio": `${children.length <= ROW_BOXES ? 3 * children.length : ASPECT}`,
    "elk.spacing.nodeNode": `${gap}`,
    "elk.padding": "[top=0,left=0,bottom=0,right=0]",
  },
  children,
});

function placesIn(node: ElkNode, at: Point = { x: 0, y: 0 }, places = new Map<string, Point>()): Map<string, Point> {
  const here = { x: at.x + (node.x ?? 0), y: at.y + (node.y ?? 0) };
  if (!node.children) places.set(node.id, { x: Math.round(here.x), y: Math.round(here.y) });
  for (const child of node.children ?? []) placesIn(child, here, places);
  return places;
}

function markSeen(node: Placed, children: ReadonlyMap<string, Placed[]>, seen: Set<string>): void {
  if (seen.has(node.id)) return;
  seen.add(node.id);
  for (const child of children.get(node.id) ?? []) markSeen(child, children, seen);
}

/** Reading order: rows of about one card's height, each from left to right. */
const inReadingOrder = (nodes: readonly Placed[]): Placed[] => {
  const row = (node: Placed) => Math.round(node.position.y / CARD.height);
  return [...nodes].sort((one, other) => row(one) - row(other) || one.position.x - other.position.x);
};

/** Hidden teams keep their position relative to their lead, so they reappear where they were. */
function withHidden(nodes: readonly Placed[], places: Map<string, Point>): Map<string, Point> {
  const children = childrenById(nodes);
  for (const node of nodes) {
    const place = node.collapsed ? places.get(node.id) : undefined;
    if (!place) continue;
    const shift = { x: place.x - node.position.x, y: place.y - node.position.y };
    const open = [...(children.get(node.id) ?? [])];
    for (let hidden = open.pop(); hidden; hidden = open.pop()) {
      if (places.has(hidden.id)) continue;
      places.set(hidden.id, { x: hidden.position.x + shift.x, y: hidden.position.y + shift.y });
      open.push(...(children.get(hidden.id) ?? []));
    }
  }
  return places;
}
