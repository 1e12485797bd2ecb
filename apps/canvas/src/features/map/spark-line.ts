export const SPARK = { width: 64, height: 16 } as const;

/**
 * The path of a sparkline, oldest point left, from 0 up to `top`. Unknown values break the line; empty without any value.
 */
export function sparkLine(values: readonly (number | null)[], slots: number, top: number): string {
  const step = SPARK.width / Math.max(1, slots - 1);
  const first = SPARK.width - (values.length - 1) * step;
  let path = "";
  let isDrawing = false;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    const x = round(first + at * step);
    const y = round(SPARK.height - 1 - (Math.min(value, top) / top) * (SPARK.height - 2));
    path += `${isDrawing ? "L" : "M"}${x} ${y}`;
    isDrawing = true;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The top is never lower than this, so that an idle workspace looks idle. */
export const topOf = (values: readonly (number | null)[], least: number): number =>
  Math.max(least, ...values.filter((value) => value !== null).map((value) => value * 1.1));

export const lastOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;
