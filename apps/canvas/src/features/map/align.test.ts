import { describe, expect, test } from "vitest";
import { align } from "./align.ts";
import { CARD } from "./node-model.ts";

const OTHERS = [
  { x: 0, y: 0 },
  { x: 4, y: 400 },
  { x: 600, y: 200 },
];

describe("a dragged card", () => {
  test("snaps to the nearest line within reach", () => {
    expect(align({ x: 3, y: 300 }, OTHERS, 6).position).toEqual({ x: 4, y: 300 });
    expect(align({ x: 1, y: 196 }, OTHERS, 6).position).toEqual({ x: 0, y: 200 });
  });

  test("stays under the pointer when it aligns with nothing", () => {
    expect(align({ x: 300, y: 90 }, OTHERS, 6)).toEqual({ position: { x: 300, y: 90 }, guides: [] });
    expect(align({ x: 300, y: 90 }, [], 6).guides).toEqual([]);
  });

  test("has a line through the centres of all aligned cards", () => {
    const { guides } = align({ x: 2, y: 900 }, [...OTHERS, { x: 0, y: 500 }], 2);
    expect(guides).toEqual([
      { from: { x: CARD.width / 2, y: -12 }, to: { x: CARD.width / 2, y: 900 + CARD.height + 12 } },
    ]);
  });

  test("can align in a row and in a column", () => {
    expect(align({ x: 601, y: 1 }, OTHERS, 6)).toMatchObject({ position: { x: 600, y: 0 }, guides: [{}, {}] });
  });
});
