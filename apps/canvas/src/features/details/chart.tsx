"use client";

import { type PointerEvent, useId, useState } from "react";
import { type ChartPoint, linePath, nearest, roundTop, xOf, yOf } from "./chart-geometry.ts";

interface ChartProps {
  title: string;
  points: readonly ChartPoint[];
  restarts: readonly number[];
  from: number;
  to: number;
  /** Lower limit of the top edge, so that an idle machine does not look busy. */
  leastTop: number;
  /** A longer gap breaks the line. */
  gapMilliseconds: number;
  format: (value: number) => string;
}

const WIDTH = 320;
const HEIGHT = 56;
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** A small line with its latest value. A text states the same for people who cannot see the line. */
export function Chart({ title, points, restarts, from, to, leastTop, gapMilliseconds, format }: ChartProps) {
  const titleId = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const highest = values.length === 0 ? null : Math.max(...values);
  const latest = points.findLast(({ value }) => value !== null) ?? null;
  const frame = { from, to, top: roundTop(highest ?? 0, leastTop), width: WIDTH, height: HEIGHT };
  const shown = pointed === null ? latest : nearest(points, pointed);
  const marks = restarts.filter((at) => at >= from && at <= to);

  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(from + ((event.clientX - left) / width) * (to - from));
  };

  return (
    <figure aria-labelledby={titleId} className="min-w-0">
      <figcaption className="flex items-baseline justify-between gap-2 text-[13px]">
        <span id={titleId} className="text-ink-faint">
          {title}
        </span>
        <span className="tabular-nums">
          {shown?.value == null ? "unknown" : format(shown.value)}
          {pointed !== null && shown && <span className="text-ink-faint"> at {time.format(shown.at)}</span>}
        </span>
      </figcaption>
      <svg
        role="img"
        aria-label={wordsFor(title, latest, highest, marks.length, format)}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPointed(null)}
        className="mt-1 block h-14 w-full overflow-visible rounded-sm border-b border-line bg-sunken"
      >
        {marks.map((at) => (
          <line
            key={at}
            x1={xOf(at, frame)}
            x2={xOf(at, frame)}
            y1={0}
            y2={HEIGHT}
            strokeDasharray="3 3"
            vectorEffect="non-scaling-stroke"
            className="stroke-warn"
          />
        ))}
        <path
          d={linePath(points, frame, gapMilliseconds)}
          fill="none"
          strokeWidth={1.75}
          strokeLinecap="round"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
          className="stroke-accent"
        />
        {pointed !== null && shown?.value != null && (
          <path
            d={`M${xOf(shown.at, frame)} ${yOf(shown.value, frame)}h0`}
            strokeWidth={7}
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
            className="stroke-accent"
          />
        )}
      </svg>
    </figure>
  );
}

function wordsFor(
  title: string,
  latest: ChartPoint | null,
  highest: number | null,
  restarts: number,
  format: (value: number) => string,
): string {
  if (latest?.value == null || highest === null) return `${title}: unknown.`;
  const restarted = restarts === 0 ? "" : ` Restarted ${restarts === 1 ? "once" : `${restarts} times`}.`;
  return `${title}: now ${format(latest.value)}, at most ${format(highest)}.${restarted}`;
}
