import { CARD } from "./node-model.ts";

interface Point {
  x: number;
  y: number;
}

/** A line through the centres of cards in one row or column. */
export interface Guide {
  from: Point;
  to: Point;
}

export interface Aligned {
  position: Point;
  guides: readonly Guide[];
}

/**
 * Snaps a card to other cards when it is nearly aligned. All cards have one size, so aligned edges mean aligned centres.
 *
 * @param reach the snapping distance in map units
 */
export function align(position: Point, others: readonly Point[], reach: number): Aligned {
  const x = nearest(position.x, others, "x", reach);
  const y = nearest(position.y, others, "y", reach);
  const aligned = { x: x ?? position.x, y: y ?? position.y };
  return {
    position: aligned,
    guides: [...(x === null ? [] : [column(aligned, others)]), ...(y === null ? [] : [row(aligned, others)])],
  };
}

function nearest(value: number, others: readonly Point[], axis: "x" | "y", reach: number): number | null {
  let best: number | null = null;
  for (const other of others) {
    const distance = Math.abs(other[axis] - value);
    if (distance <= reach && (best === null || distance < Math.abs(best - value))) best = other[axis];
  }
  return best;
}

const BEYOND = 12;

function column({ x, y }: Point, others: readonly Point[]): Guide {
  const tops = [y, ...others.filter((other) => other.x === x).map((other) => other.y)];
  const middle = x + CARD.width / 2;
  return {
    from: { x: middle, y: Math.min(...tops) - BEYOND },
    to: { x: middle, y: Math.max(...tops) + CARD.height + BEYOND },
  };
}

function row({ x, y }: Point, others: readonly Point[]): Guide {
  const lefts = [x, ...others.filter((other) => other.y === y).map((other) => other.x)];
  const middle = y + CARD.height / 2;
  return {
    from: { x: Math.min(...lefts) - BEYOND, y: middle },
    to: { x: Math.max(...lefts) + CARD.width + BEYOND, y: middle },
  };
}
