import type { CanvasNode } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { beginDrag, clampedPlaces, describeMove, destinationAt } from "./drag-plan.ts";
import { CARD, type FlowNode, syncFlowNodes } from "./node-model.ts";

const node = (id: string, parentId: string | null, x: number, y: number) =>
  ({ id, name: id, parentId, position: { x, y }, collapsed: false }) as CanvasNode;

/** A lead with two members, in a frame from -24 to 592 and -52 to 340, a foreign card far right, another lead below. */
const SNAPSHOT = [
  node("lead", null, 0, 0),
  node("one", "lead", 0, 200),
  node("two", "lead", 304, 200),
  node("foreign", null, 700, 200),
  node("other", null, 0, 1000),
  node("its", "other", 0, 1200),
];

function dragOf(id: string, to: { x: number; y: number }) {
  const nodes = syncFlowNodes([], SNAPSHOT, new Map());
  const dragged = nodes.filter((flowNode) => flowNode.id === id);
  const drag = beginDrag(SNAPSHOT, nodes, id, dragged, false);
  const held = new Map([[id, to]]);
  const now: FlowNode[] = syncFlowNodes([], SNAPSHOT, held);
  return { drag, nodes: now, held, at: (isForced = false) => destinationAt(drag, to, drag.home, isForced) };
}

describe("a drop", () => {
  test("inside its own frame does not change the team", () => {
    const { drag, at } = dragOf("one", { x: 100, y: 180 });
    expect(at()).toEqual({ leadId: "lead", isOnCard: false });
    expect(describeMove(drag, at())).toBeNull();
  });

  test("leaves the team only when it is nearly all out of the frame", () => {
    const stays = dragOf("one", { x: 0, y: 340 - CARD.height * 0.3 });
    expect(stays.at()?.leadId).toBe("lead");
    const leaves = dragOf("one", { x: 0, y: 340 - CARD.height * 0.1 });
    expect(leaves.at()?.leadId).toBeNull();
    expect(describeMove(leaves.drag, leaves.at())).toBe("out of the team of lead");
  });

  test("with the force key leaves from anywhere in the frame", () => {
    const { drag, at } = dragOf("one", { x: 100, y: 180 });
    expect(describeMove(drag, at(true))).toBe("out of the team of lead");
  });

  test("half in another frame joins that team, less does not", () => {
    expect(dragOf("foreign", { x: 400, y: 0 }).at()?.leadId).toBe("lead");
    expect(dragOf("foreign", { x: 592 - CARD.width * 0.4, y: 0 }).at()?.leadId).toBeNull();
  });

  test("on a card joins that lead's team, wherever its frame is", () => {
    expect(dragOf("foreign", { x: 10, y: 1010 }).at()).toEqual({ leadId: "other", isOnCard: true });
  });

  test("never offers the card's own team", () => {
    const { drag, at } = dragOf("lead", { x: 0, y: 200 });
    expect(drag.candidates.map(({ id }) => id)).toEqual(["foreign", "other", "its"]);
    expect(at()?.leadId).toBeNull();
  });
});

describe("a member moved outwards", () => {
  test("enlarges the frame", () => {
    const { drag, nodes, held } = dragOf("one", { x: -80, y: 200 });
    expect(clampedPlaces(drag, nodes, held)).toBeNull();
  });

  test("is moved back inside where the frame would cover a foreign card", () => {
    const { drag, nodes, held } = dragOf("two", { x: 470, y: 200 });
    expect(clampedPlaces(drag, nodes, held)?.get("two")).toEqual({ x: 304, y: 200 });
  });
});
