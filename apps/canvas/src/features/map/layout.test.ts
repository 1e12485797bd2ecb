import ELK from "elkjs/lib/elk.bundled.js";
import { describe, expect, test } from "vitest";
import { idsBelow } from "#shared/workspace/teams.ts";
import { shareInside, teamFrames } from "./frames.ts";
import { arrangeAll, arrangeTeam } from "./layout.ts";
import { CARD } from "./node-model.ts";

/** The real library, in the same thread. */
const engine = new ELK();

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

/** The cards in the frame of a team that they do not belong to. */
function foreignCards(nodes: ReturnType<typeof node>[], places: ReadonlyMap<string, { x: number; y: number }>) {
  const cards = nodes.map(({ id, parentId }) => ({
    id,
    position: places.get(id) ?? { x: 0, y: 0 },
    data: { node: { parentId, name: id } },
  }));
  return teamFrames(cards).flatMap((frame) => {
    const team = idsBelow(nodes, [frame.leadId]).add(frame.leadId);
    return cards
      .filter(({ id, position }) => !team.has(id) && shareInside(position, frame) > 0)
      .map(({ id }) => `${id} in the team of ${frame.leadId}`);
  });
}

describe("the layout of the whole map", () => {
  test("never overlaps cards, for forests of every shape", { timeout: 30_000 }, async () => {
    const nodes = Array.from({ length: 400 }, (_, at) =>
      node(`n${at}`, at % 3 === 0 ? null : `n${Math.floor(at / 4)}`, at % 7, at % 11),
    );
    const places = await arrangeAll(nodes, engine);
    expect(places.size).toBe(400);
    expect(overlaps(places)).toEqual([]);
    expect(foreignCards(nodes, places)).toEqual([]);
  });

  test("puts a lead above the centre of its team, one level up", async () => {
    const places = await arrangeAll([node("lead"), node("a", "lead"), node("b", "lead", 1)], engine);
    const [lead, a, b] = ["lead", "a", "b"].map((id) => places.get(id) ?? { x: 0, y: 0 });
    expect(lead?.x).toBe(((a?.x ?? 0) + (b?.x ?? 0)) / 2);
    expect(a?.y).toBe(b?.y);
    expect((a?.y ?? 0) - (lead?.y ?? 0)).toBeGreaterThan(CARD.height);
  });

  test("keeps the left-to-right order", async () => {
    const places = await arrangeAll([node("right", null, 500), node("left", null, -500)], engine);
    expect(places.get("left")?.x).toBeLessThan(places.get("right")?.x ?? 0);
  });

  test("reserves no space for a hidden team, and keeps it beside its lead", async () => {
    const nodes = [node("lead", null, 100, 100, true), node("a", "lead", 130, 300), node("b", null, 900, 900)];
    const places = await arrangeAll(nodes, engine);
    const lead = places.get("lead") ?? { x: 0, y: 0 };
    expect(places.get("a")).toEqual({ x: lead.x + 30, y: lead.y + 200 });
  });

  test("handles a thousand cards and cycles of leads", async () => {
    expect((await arrangeAll([node("x", "y"), node("y", "x")], engine)).size).toBe(2);
    expect((await arrangeAll([], engine)).size).toBe(0);
  });
});

test("the layout of one team moves neither its lead nor other cards", async () => {
  const nodes = [node("lead", null, 700, 50), node("a", "lead"), node("b", "lead"), node("other", null, 5, 5)];
  const places = await arrangeTeam(nodes, "lead", engine);
  expect(places.get("lead")).toEqual({ x: 700, y: 50 });
  expect(places.has("other")).toBe(false);
  expect(overlaps(places)).toEqual([]);
});
