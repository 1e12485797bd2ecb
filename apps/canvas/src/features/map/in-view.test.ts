import { getViewportForBounds } from "@xyflow/react";
import { describe, expect, test } from "vitest";
import { fitPadding, fittedArea, isAnyInView, mostInOneView, shiftIntoView, ZOOM_MIN } from "./in-view.ts";
import { CARD } from "./node-model.ts";

/** Its minimap begins at 785, 535. */
const PANE = { width: 1000, height: 700 };
const AT_REST = { x: 0, y: 0, zoom: 1 };

describe("bringing a card into view", () => {
  test.each([
    ["is there already", { x: 100, y: 100 }, { x: 0, y: 0 }],
    ["left of the pane", { x: -30, y: 100 }, { x: 30, y: 0 }],
    ["above it", { x: 100, y: -5 }, { x: 0, y: 5 }],
    ["right of it", { x: 1000 - CARD.width + 7, y: 100 }, { x: -7, y: 0 }],
    ["below it", { x: 100, y: 700 - CARD.height + 7 }, { x: 0, y: -7 }],
    ["under the overview, most of it beside", { x: 785 - CARD.width + 10, y: 560 }, { x: -10, y: 0 }],
    ["under the overview, most of it above", { x: 700, y: 535 - CARD.height + 10 }, { x: 0, y: -10 }],
  ])("%s", (_what, card, by) => expect(shiftIntoView(card, AT_REST, PANE)).toEqual(by));

  test("accounts for the zoom and the viewport", () => {
    expect(shiftIntoView({ x: 0, y: 0 }, { x: -40, y: 10, zoom: 2 }, PANE)).toEqual({ x: 40, y: 0 });
  });

  test("ignores the minimap's corner in a pane that hides the minimap", () => {
    const narrow = { width: 600, height: 700 };
    const corner = { x: 600 - CARD.width, y: 700 - CARD.height };
    expect(shiftIntoView(corner, AT_REST, narrow)).toEqual({ x: 0, y: 0 });
  });

  test("aligns a card larger than the pane to its edge", () => {
    expect(shiftIntoView({ x: 0, y: 0 }, { x: 20, y: 0, zoom: 2 }, { width: 300, height: 700 }).x).toBe(-20);
  });
});

test.each([
  ["a usual window", { width: 1216, height: 743 }],
  ["a pane beside the panel", { width: 760, height: 743 }],
  ["a wide screen", { width: 2500, height: 1000 }],
])("cards fitted into %s are not under the minimap", (_what, pane) => {
  const bounds = { x: 0, y: 0, width: 1600, height: 1000 };
  const { x, y, zoom } = getViewportForBounds(bounds, pane.width, pane.height, 0.1, 1, fitPadding(pane));
  const right = bounds.width * zoom + x;
  const bottom = bounds.height * zoom + y;
  expect(right <= pane.width - 217 || bottom <= pane.height - 167).toBe(true);
});

test("a pane without a minimap reserves no space for one", () => {
  expect(fitPadding({ width: 390, height: 700 })).toEqual({ x: 0.15, y: 0.15 });
});

test.each([
  ["a corner of it", { x: -CARD.width + 5, y: -CARD.height + 5 }, true],
  ["none of it", { x: -CARD.width - 5, y: 100 }, false],
  ["none of it, below", { x: 100, y: 705 }, false],
])("%s is in view", (_what, position, isSeen) => {
  expect(isAnyInView([{ position: { x: 9000, y: 9000 } }, { position }], AT_REST, PANE)).toBe(isSeen);
  expect(isAnyInView([], AT_REST, PANE)).toBe(false);
});

describe("the first view", () => {
  const at = (...places: [number, number][]) => places.map(([x, y]) => ({ position: { x, y } }));
  const ROOM = { width: 2000, height: 1200 };

  test("shows all cards that fit together", () => {
    const cards = at([0, 0], [ROOM.width - CARD.width, ROOM.height - CARD.height]);
    expect(mostInOneView(cards, ROOM)).toEqual(cards);
  });

  test("shows one card rather than the empty space between two", () => {
    expect(mostInOneView(at([0, 0], [6000, 0]), ROOM)).toEqual(at([0, 0]));
  });

  test("shows the area with the most cards", () => {
    const crowd = at([6000, 0], [6300, 0], [6000, 200]);
    expect(mostInOneView([...at([0, 0]), ...crowd], ROOM)).toEqual(crowd);
  });

  test.each([PANE, { width: 1600, height: 700 }, { width: 390, height: 700 }])("fits into the pane %j", (pane) => {
    const { width, height } = fittedArea(pane, 0.5);
    const bounds = { x: 0, y: 0, width, height };
    const { zoom } = getViewportForBounds(bounds, pane.width, pane.height, 0.1, 1, fitPadding(pane));
    expect(zoom).toBeCloseTo(0.5, 2);
  });
});

test.each([
  [6_000, 1280],
  [15_000, 1280],
  [6_000, 390],
])("cards %i px apart fit into a window of %i px", (distance, width) => {
  const bounds = { x: 0, y: 0, width: distance + CARD.width, height: CARD.height };
  const { x, zoom } = getViewportForBounds(bounds, width, 800, ZOOM_MIN, 1, 0.1);
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + bounds.width * zoom).toBeLessThanOrEqual(width);
});
