import type { CanvasNode } from "@berth/domain";
import { describe, expect, test } from "vitest";
import {
  attentionSummary,
  CARD,
  freeSpot,
  selectionWords,
  spreadPiles,
  syncFlowNodes,
  teamEdges,
  visibleNodes,
} from "./node-model.ts";

const card = (id: string, change: Partial<CanvasNode> = {}): CanvasNode => ({
  id,
  name: id,
  role: null,
  parentId: null,
  status: "online",
  statusReason: null,
  backend: "memory",
  runtime: "shell",
  tier: 3,
  generation: 1,
  restartRequired: false,
  dataState: "intact",
  position: { x: 0, y: 0 },
  collapsed: false,
  currentTask: null,
  provisioningStartedAt: null,
  step: null,
  ...change,
});

const ids = (nodes: readonly { id: string }[]) => nodes.map((node) => node.id);

describe("cards", () => {
  test("keep their identity while they are unchanged", () => {
    const [a, b] = [card("a"), card("b", { position: { x: 400, y: 0 } })];
    const first = syncFlowNodes([], [a, b], new Map());
    const second = syncFlowNodes(first, [a, { ...b, status: "failed" }], new Map());
    expect(second[0]).toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
    expect(second[1]?.data.node.status).toBe("failed");
  });

  test("being moved keep their position when a snapshot arrives", () => {
    const first = syncFlowNodes([], [card("a")], new Map());
    const held = new Map([["a", { x: 7, y: 8 }]]);
    const second = syncFlowNodes(first, [card("a", { position: { x: 500, y: 500 } })], held);
    expect(second[0]?.position).toEqual({ x: 7, y: 8 });
  });

  test("of a collapsed team are hidden at every depth, with their edges", () => {
    const team = [
      card("lead", { collapsed: true }),
      card("child", { parentId: "lead" }),
      card("grandchild", { parentId: "child" }),
    ];
    expect(ids(visibleNodes(team))).toEqual(["lead"]);
    expect(teamEdges(team)).toEqual([]);
    const open = [card("lead"), ...team.slice(1)];
    expect(ids(teamEdges(open))).toEqual(["lead-child", "child-grandchild"]);
  });

  test("with a missing parent, or in a cycle, are shown", () => {
    expect(ids(visibleNodes([card("orphan", { parentId: "gone" })]))).toEqual(["orphan"]);
    expect(ids(visibleNodes([card("a", { parentId: "b" }), card("b", { parentId: "a" })]))).toEqual(["a", "b"]);
  });
});

test("a new card covers no other, however many there are", () => {
  const taken: { x: number; y: number }[] = [];
  for (let made = 0; made < 60; made++) {
    const spot = freeSpot(taken, { x: 0, y: 0 });
    const overlaps = taken.filter(
      (other) => Math.abs(other.x - spot.x) < CARD.width && Math.abs(other.y - spot.y) < CARD.height,
    );
    expect(overlaps).toEqual([]);
    taken.push(spot);
  }
});

test("workspaces that need attention are counted, most urgent first", () => {
  expect(attentionSummary([card("a", { status: "degraded" }), card("b", { status: "failed" }), card("c")])).toBe(
    "1 failed, 1 degraded",
  );
  expect(attentionSummary([card("a"), card("b", { status: "paused" })])).toBe("");
});

test("cards created without a position do not overlap", () => {
  const nodes = [card("a"), card("b"), card("c"), card("d", { position: { x: 900, y: 0 } })];
  const spread = spreadPiles(nodes);
  expect([...spread.keys()]).toEqual(["b", "c"]);
  const places = nodes.map((node) => spread.get(node.id) ?? node.position);
  for (const [at, one] of places.entries()) {
    for (const other of places.slice(at + 1)) {
      expect(Math.abs(one.x - other.x) >= CARD.width || Math.abs(one.y - other.y) >= CARD.height).toBe(true);
    }
  }
});

describe("a changed selection is announced", () => {
  const nodes = [
    { id: "a", name: "draco" },
    { id: "b", name: "lyra" },
    { id: "c", name: "atlas" },
  ];
  test.each([
    ["one more", ["b"], ["a", "b"], "draco selected, 2 in total"],
    ["one less", ["a", "b"], ["b"], "draco not selected, 1 in total"],
    ["several", [], ["a", "b", "c"], "3 selected"],
    ["none", ["a", "b"], [], "Nothing selected"],
  ])("%s", (_what, before, now, words) => expect(selectionWords(new Set(before), new Set(now), nodes)).toBe(words));
});
