import { describe, expect, test } from "vitest";
import { arrangeAll, arrangeTeam } from "./layout.ts";
import { CARD } from "./node-model.ts";

const node = (id: string, parentId: string | null = null, x = 0, y = 0, collapsed = false) => ({
  id,
  parentId,
  position: { x, y },
  collapsed,
});

function overlaps(places: ReadonlyMap<string, { x: number; y: number }>): string[] {
  const all = [...places];
  return all.flatMap(([one, a], at) =>
    all
      .slice(at + 1)
      .filter(([, b]) => Math.abs(a.x - b.x) < CARD.width && Math.abs(a.y - b.y) < CARD.height)
      .map(([other]) => `${one} and ${other}`),
  );
}

describe("the layout of the whole map", () => {
  test("lays no card over another, in a forest of every shape", () => {
    const nodes = Array.from({ length: 400 }, (_, at) =>
      node(`n${at}`, at % 3 === 0 ? null : `n${Math.floor(at / 4)}`, at % 7, at % 11),
    );
    const places = arrangeAll(nodes);
    expect(places.size).toBe(400);
    expect(overlaps(places)).toEqual([]);
  });

  test("puts a lead over the middle of its team, one level up", () => {
    const places = arrangeAll([node("lead"), node("a", "lead"), node("b", "lead", 1)]);
    const [lead, a, b] = ["lead", "a", "b"].map((id) => places.get(id) ?? { x: 0, y: 0 });
    expect(lead?.x).toBe(((a?.x ?? 0) + (b?.x ?? 0)) / 2);
    expect(a?.y).toBe(b?.y);
    expect((a?.y ?? 0) - (lead?.y ?? 0)).toBeGreaterThan(CARD.height);
  });

  test("keeps who stood left, left", () => {
    const places = arrangeAll([node("right", null, 500), node("left", null, -500)]);
    expect(places.get("left")?.x).toBeLessThan(places.get("right")?.x ?? 0);
  });

  test("gives a hidden team no room, and leaves it beside its lead", () => {
    const nodes = [node("lead", null, 100, 100, true), node("a", "lead", 130, 300), node("b", null, 900, 900)];
    const places = arrangeAll(nodes);
    const lead = places.get("lead") ?? { x: 0, y: 0 };
    expect(places.get("a")).toEqual({ x: lead.x + 30, y: lead.y + 200 });
  });

  test("is done with a thousand, and ends when leads go in a circle", () => {
    expect(arrangeAll([node("x", "y"), node("y", "x")]).size).toBe(2);
    expect(arrangeAll([]).size).toBe(0);
  });
});

test("the layout of one team leaves its lead and everybody else where they are", () => {
  const nodes = [node("lead", null, 700, 50), node("a", "lead"), node("b", "lead"), node("other", null, 5, 5)];
  const places = arrangeTeam(nodes, "lead");
  expect(places.get("lead")).toEqual({ x: 700, y: 50 });
  expect(places.has("other")).toBe(false);
  expect(overlaps(places)).toEqual([]);
});
