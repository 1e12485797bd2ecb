import { describe, expect, test } from "vitest";
import { clampInto, FRAME_PADDING, shareInside, teamFrames } from "./frames.ts";
import { CARD } from "./node-model.ts";

const card = (id: string, parentId: string | null, x: number, y: number) => ({
  id,
  position: { x, y },
  data: { node: { parentId, name: id.toUpperCase() } },
});

describe("the frame of a team", () => {
  test("surrounds the lead and its members, and follows them", () => {
    const [frame] = teamFrames([card("lead", null, 0, 0), card("a", "lead", 300, 200)]);
    const { top, side, bottom } = FRAME_PADDING;
    expect(frame).toEqual({
      leadId: "lead",
      leadName: "LEAD",
      depth: 0,
      x: -side,
      y: -top,
      width: 300 + CARD.width + 2 * side,
      height: 200 + CARD.height + top + bottom,
    });
    const [smaller] = teamFrames([card("lead", null, 0, 0), card("a", "lead", 0, 150)]);
    expect(smaller?.width).toBe(CARD.width + 2 * side);
  });

  test("contains the frames of nested teams, outermost first", () => {
    const frames = teamFrames([card("b", "a", 0, 400), card("a", "lead", 0, 200), card("lead", null, 0, 0)]);
    expect(frames.map(({ leadId, depth }) => [leadId, depth])).toEqual([
      ["lead", 0],
      ["a", 1],
    ]);
    const [outer, inner] = frames;
    expect(inner && outer && inner.x - outer.x).toBe(FRAME_PADDING.side);
  });

  test("is omitted without visible members, and a cycle of leads ends", () => {
    expect(teamFrames([card("alone", null, 0, 0), card("member", "hidden", 0, 0)])).toEqual([]);
    expect(teamFrames([card("x", "y", 0, 0), card("y", "x", 0, 0)])).toEqual([]);
  });

  test("can be computed as if a card had already joined or left", () => {
    const cards = [card("lead", null, 0, 0), card("a", "lead", 900, 0), card("b", "lead", 0, 200)];
    expect(teamFrames(cards)[0]?.width).toBeGreaterThan(900);
    expect(teamFrames(cards, new Map([["a", null]]))[0]?.width).toBe(CARD.width + 2 * FRAME_PADDING.side);
  });
});

test("half a card in a box counts as half, and clamping moves it inside", () => {
  const box = { x: 0, y: 0, width: 1000, height: 1000 };
  expect(shareInside({ x: -CARD.width / 2, y: 100 }, box)).toBe(0.5);
  expect(shareInside({ x: -CARD.width, y: 100 }, box)).toBe(0);
  expect(clampInto({ x: -50, y: 2000 }, box)).toEqual({
    x: FRAME_PADDING.side,
    y: 1000 - FRAME_PADDING.bottom - CARD.height,
  });
});
