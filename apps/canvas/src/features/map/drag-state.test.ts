import type { CanvasNode } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { beginDrag } from "./drag-plan.ts";
import { type DragEvent, type DragState, IDLE, nextDragState } from "./drag-state.ts";
import { syncFlowNodes } from "./node-model.ts";

const node = (id: string, parentId: string | null, x: number, y: number) =>
  ({ id, name: id, parentId, position: { x, y }, collapsed: false }) as CanvasNode;

/** A lead with a member, in a frame from -24 to 288 and -52 to 340, and another lead below. */
const SNAPSHOT = [
  node("lead", null, 0, 0),
  node("one", "lead", 0, 200),
  node("other", null, 0, 1000),
  node("its", "other", 0, 1200),
];
const NODES = syncFlowNodes([], SNAPSHOT, new Map());
const DRAG = beginDrag(
  SNAPSHOT,
  NODES,
  "one",
  NODES.filter(({ id }) => id === "one"),
  false,
);

const started = nextDragState(IDLE, { kind: "started", drag: DRAG });
const moved = (x: number, y: number, isForced = false): DragEvent => ({ kind: "moved", place: { x, y }, isForced });
const after = (...events: DragEvent[]): DragState => events.reduce(nextDragState, started);
const hintIn = (state: DragState) => (state.kind === "dragging" ? state.hint : undefined);

describe("a drag", () => {
  test("starts in its own team, without a hint", () => {
    expect(started).toMatchObject({ kind: "dragging", destination: { leadId: "lead", isOnCard: false }, hint: null });
  });

  test("hints at a team when the card is over its lead", () => {
    expect(hintIn(after(moved(10, 1010)))).toEqual({
      leadId: "other",
      isOnCard: true,
      ids: ["one"],
      text: "Drop to move one into the team of other",
    });
  });

  test("hints at leaving the team outside of all frames, or anywhere with the force key", () => {
    expect(hintIn(after(moved(0, 600)))?.text).toBe("Drop to move one out of the team of lead");
    expect(hintIn(after(moved(10, 180, true)))?.text).toBe("Drop to move one out of the team of lead");
  });

  test("drops the hint when the card returns to its team", () => {
    expect(hintIn(after(moved(10, 1010), moved(0, 200)))).toBeNull();
  });

  test("keeps its state while the destination is the same", () => {
    const state = after(moved(10, 1010));
    expect(nextDragState(state, moved(12, 1008))).toBe(state);
  });

  test("ignores moves after it was cancelled, until the pointer is released", () => {
    const cancelled = after(moved(10, 1010), { kind: "cancelled" });
    expect(cancelled).toEqual({ kind: "cancelled" });
    expect(nextDragState(cancelled, moved(10, 1010))).toBe(cancelled);
    expect(nextDragState(cancelled, { kind: "ended" })).toBe(IDLE);
  });

  test("starts again after a cancelled drag that never ended", () => {
    expect(nextDragState({ kind: "cancelled" }, { kind: "started", drag: DRAG }).kind).toBe("dragging");
  });
});

test("without a drag, moves and Escape change nothing", () => {
  expect(nextDragState(IDLE, moved(10, 1010))).toBe(IDLE);
  expect(nextDragState(IDLE, { kind: "cancelled" })).toBe(IDLE);
});
