import { describe, expect, test } from "vitest";
import { dropTarget, neighbour } from "./drop-target.ts";
import { CARD } from "./node-model.ts";

const spot = (id: string, x: number, y: number) => ({ id, position: { x, y } });

describe("the drop target of a dragged card", () => {
  const others = [spot("a", 0, 0), spot("b", CARD.width + 20, 0)];

  test("needs a good overlap to start, and stays until nearly all has left", () => {
    const barely = { x: CARD.width * 0.75, y: 0 };
    expect(dropTarget({ x: CARD.width * 0.5, y: 0 }, others, null)).toBe("a");
    expect(dropTarget(barely, others, null)).toBe("b");
    expect(dropTarget(barely, [spot("a", 0, 0)], null)).toBeNull();
    expect(dropTarget(barely, others, "a")).toBe("a");
    expect(dropTarget({ x: CARD.width * 0.95, y: 0 }, others, "a")).toBe("b");
  });

  test("is null on free space", () => {
    expect(dropTarget({ x: 0, y: CARD.height * 3 }, others, "a")).toBeNull();
  });

  test("does not depend on the order of the cards", () => {
    const barely = { x: CARD.width * 0.75, y: 0 };
    expect(dropTarget(barely, others.toReversed(), "a")).toBe("a");
  });
});

describe("the next card in a direction", () => {
  const nodes = [
    spot("middle", 0, 0),
    spot("right", 300, 20),
    spot("far", 900, 0),
    spot("below", 30, 200),
    spot("left", -300, 0),
  ];

  test.each([
    ["right", "right"],
    ["left", "left"],
    ["down", "below"],
  ] as const)("to the %s is %s", (direction, id) => expect(neighbour(nodes, "middle", direction)).toBe(id));

  test("is null at the edge", () => {
    expect(neighbour(nodes, "far", "right")).toBeNull();
    expect(neighbour(nodes, "gone", "right")).toBeNull();
  });
});
