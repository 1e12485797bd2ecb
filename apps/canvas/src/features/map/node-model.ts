import type { CanvasNode, WorkspaceStatus } from "@berth/domain";
import type { Edge, Node } from "@xyflow/react";
import { statusStyle } from "#shared/workspace/status.ts";

/** All cards have one size, so nothing is measured before the first paint and nothing jumps. */
export const CARD = { width: 264, height: 116 } as const;
/** Below this zoom only names and statuses are readable. */
export const FAR_ZOOM = 0.7;

export interface CardData extends Record<string, unknown> {
  node: CanvasNode;
  childCount: number;
}
export type FlowNode = Node<CardData, "workspace">;

/** Local positions of moved workspaces, until the server has them. */
export type Positions = ReadonlyMap<string, { x: number; y: number }>;

/** The positions of these cards in the snapshot. */
export function placesOf(
  snapshot: readonly CanvasNode[],
  ids: Pick<Positions, "has">,
): Map<string, { x: number; y: number }> {
  return new Map(snapshot.filter((node) => ids.has(node.id)).map((node) => [node.id, node.position]));
}

export function childCounts(nodes: readonly CanvasNode[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { parentId } of nodes) if (parentId) counts.set(parentId, (counts.get(parentId) ?? 0) + 1);
  return counts;
}

/** Omits everything below a collapsed workspace. A missing parent hides nothing. */
export function visibleNodes(nodes: readonly CanvasNode[]): CanvasNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const isHidden = (node: CanvasNode): boolean => {
    const seen = new Set<string>();
    for (let at = node.parentId; at !== null && !seen.has(at); at = byId.get(at)?.parentId ?? null) {
      if (byId.get(at)?.collapsed) return true;
      seen.add(at);
    }
    return false;
  };
  return nodes.filter((node) => !isHidden(node));
}

/**
 * The cards of a snapshot. An unchanged card keeps its identity and does not render again; a card being moved keeps its
 * local position.
 */
export function syncFlowNodes(
  current: readonly FlowNode[],
  snapshot: readonly CanvasNode[],
  held: Positions,
): FlowNode[] {
  const known = new Map(current.map((flowNode) => [flowNode.id, flowNode]));
  const counts = childCounts(snapshot);
  const spread = spreadPiles(snapshot);
  return visibleNodes(snapshot).map((node) => {
    const childCount = counts.get(node.id) ?? 0;
    const position = held.get(node.id) ?? spread.get(node.id) ?? node.position;
    const old = known.get(node.id);
    if (!old) return flowNode(node, childCount, position);
    const isSameData = old.data.node === node && old.data.childCount === childCount;
    const isSamePlace = old.position.x === position.x && old.position.y === position.y;
    if (isSameData && isSamePlace) return old;
    return {
      ...old,
      position: isSamePlace ? old.position : position,
      data: isSameData ? old.data : { node, childCount },
    };
  });
}

const HANDLES: NonNullable<FlowNode["handles"]> = [
  { type: "target", position: "top" as never, x: CARD.width / 2, y: 0, width: 1, height: 1 },
  { type: "source", position: "bottom" as never, x: CARD.width / 2, y: CARD.height, width: 1, height: 1 },
];

const flowNode = (node: CanvasNode, childCount: number, position: { x: number; y: number }): FlowNode => ({
  id: node.id,
  type: "workspace",
  position,
  data: { node, childCount },
  width: CARD.width,
  height: CARD.height,
  // Sizes are preset, because a card off screen is never measured and the first fit must include it.
  measured: CARD,
  handles: HANDLES,
  // The accessible name contains what the card shows: name, status, activity.
  ariaRole: "button",
});

/** One edge from each parent to each visible child. */
export function teamEdges(nodes: readonly CanvasNode[]): Edge[] {
  const shown = new Set(visibleNodes(nodes).map((node) => node.id));
  return nodes
    .filter((node) => node.parentId !== null && shown.has(node.id) && shown.has(node.parentId))
    .map((node) => ({
      id: `${node.parentId}-${node.id}`,
      source: node.parentId ?? "",
      target: node.id,
      type: "smoothstep",
      focusable: false,
      selectable: false,
    }));
}

const GAP = 40;

/** The free position nearest to a point, searched in rows outwards, so that a new card covers no other. */
export function freeSpot(
  taken: readonly { x: number; y: number }[],
  near: { x: number; y: number },
): { x: number; y: number } {
  const stepX = CARD.width + GAP;
  const stepY = CARD.height + GAP;
  const isFree = (x: number, y: number) =>
    taken.every(
      (other) => Math.abs(other.x - x) >= CARD.width + GAP / 2 || Math.abs(other.y - y) >= CARD.height + GAP / 2,
    );
  for (let ring = 0; ring <= taken.length + 1; ring++) {
    for (let row = -ring; row <= ring; row++) {
      for (let column = -ring; column <= ring; column++) {
        if (Math.max(Math.abs(row), Math.abs(column)) !== ring) continue;
        const x = Math.round(near.x + column * stepX);
        const y = Math.round(near.y + row * stepY);
        if (isFree(x, y)) return { x, y };
      }
    }
  }
  return near;
}

/** The announcement of a changed selection. */
export function selectionWords(
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
  nodes: readonly Pick<CanvasNode, "id" | "name">[],
): string {
  if (now.size === 0) return "Nothing selected";
  const changed = nodes.filter(({ id }) => before.has(id) !== now.has(id));
  const [one] = changed;
  if (changed.length !== 1 || !one) return `${now.size} selected`;
  return `${one.name} ${now.has(one.id) ? "selected" : "not selected"}, ${now.size} in total`;
}

const NEEDS_ATTENTION: readonly WorkspaceStatus[] = ["failed", "offline", "degraded"];

/** A one-line summary of the workspaces that need attention, by displayed status; empty when all are healthy. */
export function attentionSummary(nodes: readonly CanvasNode[]): string {
  const amounts = NEEDS_ATTENTION.map((status) => ({
    status,
    amount: nodes.filter((node) => node.status === status).length,
  }));
  return amounts
    .filter(({ amount }) => amount > 0)
    .map(({ status, amount }) => `${amount} ${statusStyle(status).label.toLowerCase()}`)
    .join(", ");
}

/**
 * Moves cards that exactly cover another, such as those created without a position, into rows below all others. The
 * position is local to this screen until a person moves the card.
 */
export function spreadPiles(nodes: readonly CanvasNode[]): Map<string, { x: number; y: number }> {
  const taken = new Set<string>();
  const piled: CanvasNode[] = [];
  for (const node of nodes) {
    const place = `${node.position.x} ${node.position.y}`;
    if (taken.has(place)) piled.push(node);
    else taken.add(place);
  }
  const placed = new Map<string, { x: number; y: number }>();
  if (piled.length === 0) return placed;
  const left = Math.min(...nodes.map((node) => node.position.x));
  const bottom = Math.max(...nodes.map((node) => node.position.y)) + CARD.height + GAP;
  const columns = Math.max(4, Math.ceil(Math.sqrt(piled.length * 1.5)));
  for (const [at, node] of piled.entries()) {
    placed.set(node.id, {
      x: left + (at % columns) * (CARD.width + GAP),
      y: bottom + Math.floor(at / columns) * (CARD.height + GAP),
    });
  }
  return placed;
}
