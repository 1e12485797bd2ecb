import { CARD } from "./node-model.ts";

/** The lowest zoom: workspaces 15,000 px apart fit into a window of 1,280 px. */
export const ZOOM_MIN = 0.05;

const PADDING = 0.15;
/** The minimap in its corner, with its margin, in pixels. Narrower panes hide it (its class in the map). */
const MINIMAP = { width: 215, height: 165, fromPaneWidth: 672 };
/** The space that a fit leaves beside the minimap. */
const GAP = 17;
/** Above this ratio, the space beside the minimap is larger than the space above it. */
const WIDE = 1.6;

/** The padding for fitting cards into a pane, so that none is under the minimap. */
export function fitPadding({ width, height }: { width: number; height: number }) {
  const isWide = width > height * WIDE;
  const room = isWide
    ? { right: `${MINIMAP.width + GAP}px` as const }
    : { bottom: `${MINIMAP.height + GAP}px` as const };
  return { x: PADDING, y: PADDING, ...(width < MINIMAP.fromPaneWidth ? {} : room) };
}

/** How much of the map such a fit shows at this zoom. */
export function fittedArea({ width, height }: { width: number; height: number }, zoom: number) {
  const { right, bottom } = { right: undefined, bottom: undefined, ...fitPadding({ width, height }) };
  const margin = (length: number) => (length - length / (1 + PADDING)) / 2;
  const rest = (length: number, end: string | undefined) =>
    length - margin(length) - (end === undefined ? margin(length) : Number.parseFloat(end));
  return { width: rest(width, right) / zoom, height: rest(height, bottom) / zoom };
}

/** All cards if they fit into a view of this size, else the most that fit around one of them. */
export function mostInOneView<Card extends { position: { x: number; y: number } }>(
  cards: readonly Card[],
  room: { width: number; height: number },
): readonly Card[] {
  const xs = cards.map(({ position }) => position.x);
  const ys = cards.map(({ position }) => position.y);
  // Two cards fit into one view when their corners are at most this far apart.
  const reach = { x: room.width - CARD.width, y: room.height - CARD.height };
  const fits = Math.max(...xs) - Math.min(...xs) <= reach.x && Math.max(...ys) - Math.min(...ys) <= reach.y;
  if (fits) return cards;
  let most: readonly Card[] = cards.slice(0, 1);
  for (const { position: middle } of cards) {
    const seen = cards.filter(
      ({ position: { x, y } }) => Math.abs(x - middle.x) <= reach.x / 2 && Math.abs(y - middle.y) <= reach.y / 2,
    );
    if (seen.length > most.length) most = seen;
  }
  return most;
}

/**
 * The shift, in pixels, that brings a card completely into the pane and out from under the minimap at the bottom right.
 * Zero if it is visible; a card larger than the pane is aligned to its edge.
 */
export function shiftIntoView(
  card: { x: number; y: number },
  { x, y, zoom }: { x: number; y: number; zoom: number },
  pane: { width: number; height: number },
): { x: number; y: number } {
  const box = { x: card.x * zoom + x, y: card.y * zoom + y, width: CARD.width * zoom, height: CARD.height * zoom };
  const by = { x: into(box.x, box.width, pane.width), y: into(box.y, box.height, pane.height) };
  if (pane.width < MINIMAP.fromPaneWidth) return by;
  const right = box.x + by.x + box.width - (pane.width - MINIMAP.width);
  const bottom = box.y + by.y + box.height - (pane.height - MINIMAP.height);
  if (right <= 0 || bottom <= 0) return by;
  return right < bottom ? { ...by, x: by.x - right } : { ...by, y: by.y - bottom };
}

/** Whether any of these cards is visible there, at least in part. */
export const isAnyInView = (
  cards: readonly { position: { x: number; y: number } }[],
  { x, y, zoom }: { x: number; y: number; zoom: number },
  pane: { width: number; height: number },
): boolean =>
  cards.some(({ position }) => {
    const [left, top] = [position.x * zoom + x, position.y * zoom + y];
    return left < pane.width && top < pane.height && left + CARD.width * zoom > 0 && top + CARD.height * zoom > 0;
  });

const into = (start: number, length: number, room: number): number =>
  Math.max(-start, Math.min(0, room - start - length));
