import { childrenById } from "#shared/workspace/teams.ts";
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

/** A piece of the layout: its size, and where everything in it stands, from its upper left corner. */
interface Block {
  width: number;
  height: number;
  places: Map<string, Point>;
}

const GAP = 40;
/** Between a lead and its team, for the lines. */
const LEVEL_GAP = 72;
const TEAM_GAP = 96;
/** Wider than high, as screens are. */
const ASPECT = 1.6;

/**
 * A tidy place for every card: each lead over the middle of its team, teams beside each other in rows. Whoever stood
 * left or above stays so. Linear but for the sorting: a thousand cards take a few milliseconds, so no worker is needed.
 */
export function arrangeAll(nodes: readonly Placed[]): Map<string, Point> {
  const children = childrenById(nodes);
  const known = new Set(nodes.map((node) => node.id));
  const seen = new Set<string>();
  const roots = nodes.filter((node) => node.parentId === null || !known.has(node.parentId));
  const blocks = inReadingOrder(roots).map((root) => teamBlock(root, children, seen));
  // Whoever is left stands in a circle of leads; it is broken somewhere.
  for (const node of nodes) if (!seen.has(node.id)) blocks.push(teamBlock(node, children, seen));
  const all = inRows(blocks, TEAM_GAP, "left");
  return withHidden(nodes, all.places);
}

/** The same for one team: its lead stays where it is. */
export function arrangeTeam(nodes: readonly Placed[], leadId: string): Map<string, Point> {
  const lead = nodes.find((node) => node.id === leadId);
  if (!lead) return new Map();
  const block = teamBlock({ ...lead, collapsed: false }, childrenById(nodes), new Set());
  const corner = block.places.get(leadId) ?? { x: 0, y: 0 };
  const places = new Map<string, Point>();
  for (const [id, { x, y }] of block.places) {
    places.set(id, { x: lead.position.x + x - corner.x, y: lead.position.y + y - corner.y });
  }
  return withHidden(nodes, places);
}

function teamBlock(lead: Placed, children: ReadonlyMap<string, Placed[]>, seen: Set<string>): Block {
  seen.add(lead.id);
  const alone: Block = { ...CARD, places: new Map([[lead.id, { x: 0, y: 0 }]]) };
  const team = (children.get(lead.id) ?? []).filter((member) => !seen.has(member.id));
  if (lead.collapsed || team.length === 0) {
    for (const member of team) markSeen(member, children, seen);
    return alone;
  }
  const members = inRows(
    inReadingOrder(team).map((member) => teamBlock(member, children, seen)),
    GAP,
    "middle",
  );
  const width = Math.max(CARD.width, members.width);
  const places = new Map([[lead.id, { x: Math.round((width - CARD.width) / 2), y: 0 }]]);
  copyInto(places, members, Math.round((width - members.width) / 2), CARD.height + LEVEL_GAP);
  return { width, height: CARD.height + LEVEL_GAP + members.height, places };
}

function markSeen(node: Placed, children: ReadonlyMap<string, Placed[]>, seen: Set<string>): void {
  if (seen.has(node.id)) return;
  seen.add(node.id);
  for (const child of children.get(node.id) ?? []) markSeen(child, children, seen);
}

/** Blocks beside each other, in as many rows as make the whole about as wide as a screen. */
function inRows(blocks: readonly Block[], gap: number, align: "left" | "middle"): Block {
  const area = blocks.reduce((sum, block) => sum + (block.width + gap) * (block.height + gap), 0);
  const widest = Math.max(0, ...blocks.map((block) => block.width));
  // A few stand in one row, however wide.
  const few = blocks.length <= 4 ? blocks.reduce((sum, block) => sum + block.width + gap, 0) : 0;
  const limit = Math.max(widest, Math.sqrt(area * ASPECT), few);
  const rows: { blocks: Block[]; width: number; height: number }[] = [];
  for (const block of blocks) {
    const row = rows.at(-1);
    if (row && row.width + gap + block.width <= limit) {
      row.blocks.push(block);
      row.width += gap + block.width;
      row.height = Math.max(row.height, block.height);
    } else rows.push({ blocks: [block], width: block.width, height: block.height });
  }
  const width = Math.max(0, ...rows.map((row) => row.width));
  const places = new Map<string, Point>();
  let y = 0;
  for (const row of rows) {
    let x = align === "left" ? 0 : Math.round((width - row.width) / 2);
    for (const block of row.blocks) {
      copyInto(places, block, x, y);
      x += block.width + gap;
    }
    y += row.height + gap;
  }
  return { width, height: Math.max(0, y - gap), places };
}

function copyInto(places: Map<string, Point>, block: Block, x: number, y: number): void {
  for (const [id, place] of block.places) places.set(id, { x: place.x + x, y: place.y + y });
}

/** As one reads: rows of about a card's height, each from left to right. */
const inReadingOrder = (nodes: readonly Placed[]): Placed[] => {
  const row = (node: Placed) => Math.round(node.position.y / CARD.height);
  return [...nodes].sort((one, other) => row(one) - row(other) || one.position.x - other.position.x);
};

/** Hidden teams keep their place beside the lead that hides them, so they are where they were when shown again. */
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
