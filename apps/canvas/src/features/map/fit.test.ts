import { getViewportForBounds } from "@xyflow/react";
import { expect, test } from "vitest";
import { ZOOM_MIN } from "./fit.ts";
import { CARD } from "./node-model.ts";

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
