/** A value at a time in milliseconds; null where it is unknown. */
export interface ChartPoint {
  at: number;
  value: number | null;
}

export interface Frame {
  /** The time range shown, in milliseconds. */
  from: number;
  to: number;
  /** The value at the top edge. */
  top: number;
  width: number;
  height: number;
}

export const xOf = (at: number, { from, to, width }: Frame): number => ((at - from) / (to - from)) * width;
export const yOf = (value: number, { top, height }: Frame): number => height - (value / top) * height;

/** The line as an SVG path. It breaks at unknown values and at gaps longer than `gap`. */
export function linePath(points: readonly ChartPoint[], frame: Frame, gapMilliseconds: number): string {
  let path = "";
  let last: number | null = null;
  for (const { at, value } of points) {
    if (value === null || at < frame.from) {
      last = null;
      continue;
    }
    const isJoined = last !== null && at - last <= gapMilliseconds;
    path += `${isJoined ? "L" : "M"}${round(xOf(at, frame))} ${round(yOf(value, frame))}`;
    // A single point becomes a zero-length line, which round caps render as a dot.
    if (!isJoined) path += "h0";
    last = at;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The next round number at or above: 1, 2 or 5 times a power of ten. */
export function roundTop(value: number, least: number): number {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].find((one) => one * power >= wanted * 0.999) ?? 10;
  return step * power;
}

/** The known point nearest to a position. */
export function nearest(points: readonly ChartPoint[], at: number): ChartPoint | null {
  let best: ChartPoint | null = null;
  for (const point of points) {
    if (point.value !== null && (!best || Math.abs(point.at - at) < Math.abs(best.at - at))) best = point;
  }
  return best;
}
