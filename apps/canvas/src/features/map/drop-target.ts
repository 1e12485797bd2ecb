import { shareInside, type TeamFrame } from "./frames.ts";
import { CARD } from "./node-model.ts";

interface Spot {
  id: string;
  position: { x: number; y: number };
}

/** The overlap that starts a drop onto a card, and the lower one that keeps it: small movements do not toggle it. */
const ENTER_SHARE = 0.35;
const LEAVE_SHARE = 0.15;
/** The same for a frame: half of a card enters it, and nearly all of it must leave. */
const ENTER_FRAME_SHARE = 0.5;
const LEAVE_FRAME_SHARE = 0.2;

/** The innermost team whose frame contains the dragged card, or null. `current` is the previous result. */
export function frameTarget(
  dragged: { x: number; y: number },
  frames: readonly TeamFrame[],
  current: string | null,
): string | null {
  const within = frames.filter(
    (frame) => shareInside(dragged, frame) >= (frame.leadId === current ? LEAVE_FRAME_SHARE : ENTER_FRAME_SHARE),
  );
  return within.at(-1)?.leadId ?? null;
}

/** The card that the dragged one would be dropped onto, or null. `current` is the previous result. */
export function dropTarget(
  dragged: { x: number; y: number },
  others: readonly Spot[],
  current: string | null,
): string | null {
  let best: { id: string; share: number } | null = null;
  for (const { id, position } of others) {
    const share = sharedPart(dragged, position);
    if (share >= (id === current ? LEAVE_SHARE : ENTER_SHARE) && (best === null || share > best.share)) {
      // The current target keeps its drop while it qualifies, however much a neighbour is covered.
      if (best?.id === current && current !== null) continue;
      best = { id, share };
    } else if (id === current && share >= LEAVE_SHARE) best = { id, share };
  }
  return best?.id ?? null;
}

function sharedPart(one: { x: number; y: number }, other: { x: number; y: number }): number {
  const width = CARD.width - Math.abs(one.x - other.x);
  const height = CARD.height - Math.abs(one.y - other.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (CARD.width * CARD.height);
}

export type Direction = "left" | "right" | "up" | "down";

/** The next card in a direction as a person sees it, or null at the edge. */
export function neighbour(nodes: readonly Spot[], fromId: string, direction: Direction): string | null {
  const from = nodes.find((node) => node.id === fromId);
  if (!from) return null;
  let best: { id: string; distance: number } | null = null;
  for (const { id, position } of nodes) {
    if (id === fromId) continue;
    const dx = position.x - from.position.x;
    const dy = position.y - from.position.y;
    const [ahead, aside] = { left: [-dx, dy], right: [dx, dy], up: [-dy, dx], down: [dy, dx] }[direction] as [
      number,
      number,
    ];
    if (ahead <= 0 || Math.abs(aside) > ahead * 3) continue;
    const distance = ahead + Math.abs(aside) * 2;
    if (best === null || distance < best.distance) best = { id, distance };
  }
  return best?.id ?? null;
}
