import type { CanvasNode } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { idsBelow } from "#shared/workspace/teams.ts";
import { beginDrag } from "./drag-plan.ts";
import { shareInside, teamFrames } from "./frames.ts";
import { CARD, placesOf, syncFlowNodes } from "./node-model.ts";
import { placesAfter, placesInTeam } from "./placing.ts";

const node = (id: string, parentId: string | null, x: number, y: number, collapsed = false) =>
  ({ id, name: id, parentId, position: { x, y }, collapsed }) as CanvasNode;

/** A lead with two members; foreign cards right below its frame and right of it; a lead with a member far away. */
const NODES = [
  node("lead", null, 0, 0),
  node("one", "lead", 0, 200),
  node("two", "lead", 304, 200),
  node("below", null, 0, 400),
  node("right", null, 700, 200),
  node("mover", null, 2000, 2000),
  node("its", "mover", 2000, 2200),
];

function after(nodes: readonly CanvasNode[], ids: readonly string[], leadId: string | null) {
  const { after: places } = placesInTeam(nodes, ids, leadId);
  return nodes.map((one) => ({
    ...one,
    parentId: ids.includes(one.id) ? leadId : one.parentId,
    position: places.get(one.id) ?? one.position,
  }));
}

/** Foreign cards in a frame, as `foreign in lead`. */
function foreignCards(nodes: readonly CanvasNode[]): string[] {
  const cards = syncFlowNodes([], nodes, new Map());
  return teamFrames(cards).flatMap((frame) => {
    const team = idsBelow(nodes, [frame.leadId]).add(frame.leadId);
    return cards
      .filter((card) => !team.has(card.id) && shareInside(card.position, frame) > 0)
      .map((card) => `${card.id} in ${frame.leadId}`);
  });
}

function overlaps(nodes: readonly CanvasNode[]): string[] {
  return nodes.flatMap((one, at) =>
    nodes
      .slice(at + 1)
      .filter(
        (other) =>
          Math.abs(one.position.x - other.position.x) < CARD.width &&
          Math.abs(one.position.y - other.position.y) < CARD.height,
      )
      .map((other) => `${one.id} on ${other.id}`),
  );
}

const placeOf = (nodes: readonly CanvasNode[], id: string) =>
  nodes.find((one) => one.id === id)?.position ?? { x: Number.NaN, y: Number.NaN };

describe("moving into a team without a drag", () => {
  test("puts a newcomer and its team beside the team, and no frame covers a foreign card", () => {
    expect(foreignCards(NODES), "before").toEqual([]);
    const nodes = after(NODES, ["mover"], "lead");
    expect(foreignCards(nodes)).toEqual([]);
    expect(overlaps(nodes)).toEqual([]);
    const [mover, its] = [placeOf(nodes, "mover"), placeOf(nodes, "its")];
    expect({ x: its.x - mover.x, y: its.y - mover.y }).toEqual({ x: 0, y: 200 });
    expect(Math.hypot(mover.x, mover.y)).toBeLessThan(1_500);
  });

  test("puts the first member below its lead", () => {
    expect(placeOf(after([node("lead", null, 10, 20), node("new", null, 900, 900)], ["new"], "lead"), "new")).toEqual({
      x: 10,
      y: 20 + CARD.height + 72,
    });
  });

  test("puts several newcomers beside each other", () => {
    const nodes = after(NODES, ["mover", "right"], "lead");
    expect(overlaps(nodes)).toEqual([]);
    expect(foreignCards(nodes)).toEqual([]);
  });

  test("moves a hidden team along without reserving space", () => {
    const hidden = NODES.map((one) => (one.id === "mover" ? { ...one, collapsed: true } : one));
    const nodes = after(hidden, ["mover"], "lead");
    expect(placeOf(nodes, "its").y - placeOf(nodes, "mover").y).toBe(200);
    expect(foreignCards(nodes)).toEqual([]);
  });

  test("returns to the old positions on undo", () => {
    const { before } = placesInTeam(NODES, ["mover"], "lead");
    expect([...before]).toEqual([
      ["mover", { x: 2000, y: 2000 }],
      ["its", { x: 2000, y: 2200 }],
    ]);
  });
});

describe("moving out of a team without a drag", () => {
  test("puts a card from the middle of the team outside its frame", () => {
    const amid = [...NODES, node("three", "lead", 152, 100)];
    const nodes = after(amid, ["three"], null);
    expect(foreignCards(nodes)).toEqual([]);
    expect(overlaps(nodes)).toEqual([]);
  });

  test("keeps a card at the edge, where the frame shrinks", () => {
    expect(placeOf(after(NODES, ["two"], null), "two")).toEqual({ x: 304, y: 200 });
  });
});

describe("a drop", () => {
  function dropped(id: string, to: { x: number; y: number }, leadId: string, isOnCard: boolean) {
    const nodes = syncFlowNodes([], NODES, new Map());
    const drag = beginDrag(
      NODES,
      nodes,
      id,
      nodes.filter((one) => one.id === id),
      false,
    );
    const held = placesOf(NODES, new Set([id])).set(id, to);
    const cards = syncFlowNodes([], NODES, held);
    return placesAfter(drag, { leadId, isOnCard }, NODES, cards, held).get(id);
  }

  test("on a lead's card finds free space below it", () => {
    expect(dropped("right", { x: 2010, y: 1990 }, "mover", true)).not.toEqual({ x: 2010, y: 1990 });
  });

  test("on free space in a frame stays where it was dropped", () => {
    expect(dropped("right", { x: 310, y: 10 }, "lead", false)).toEqual({ x: 310, y: 10 });
  });
});
