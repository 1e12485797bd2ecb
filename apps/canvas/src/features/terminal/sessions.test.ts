import type { TerminalEndReason } from "@berth/domain";
import { expect, test } from "vitest";
import { afterClosing, isShown, type Session, withListed, withStarted } from "./sessions.ts";

const listed = (id: string, minute: number) => ({
  id,
  shell: "/bin/bash",
  columns: 80,
  rows: 24,
  attached: 0,
  createdAt: `2026-01-01T00:0${minute}:00.000Z`,
  endedAt: null,
  endReason: null,
  exitCode: null,
});
const shown = (sessions: readonly Session[]) => sessions.map(({ id, number }) => `${number} ${id}`);

test("running terminals are added by age, and listed ones keep their place", () => {
  const first = withListed([], [listed("b", 2), listed("a", 1)]);
  expect(shown(first)).toEqual(["1 a", "2 b"]);
  expect(shown(withListed(first, [listed("c", 0)]))).toEqual(["1 a", "2 b", "3 c"]);
  expect(withListed(first, [])).toBe(first);
  expect(first.every(({ isFresh }) => !isFresh)).toBe(true);
});

test("a restarted shell takes the place of the ended one", () => {
  const both = withListed([], [listed("a", 1), listed("b", 2)]);
  expect(shown(withStarted(both, "c", "a"))).toEqual(["1 c", "2 b"]);
});

test("a free number is reused, and a terminal listed before its start returns appears once", () => {
  const both = withListed([], [listed("a", 1), listed("b", 2)]);
  const left = both.filter(({ id }) => id !== "a");
  expect(shown(withStarted(left, "c", null))).toEqual(["2 b", "1 c"]);
  expect(shown(withStarted(both, "b", null))).toEqual(["1 a", "2 b"]);
});

test("closing a terminal selects its neighbour", () => {
  const all = withListed([], [listed("a", 1), listed("b", 2), listed("c", 3)]);
  expect([afterClosing(all, "a"), afterClosing(all, "c"), afterClosing(all.slice(0, 1), "a")]).toEqual([
    "b",
    "b",
    null,
  ]);
});

test("an exited shell is on the page while its output is kept, and a closed or stopped one is not", () => {
  const ended = (endReason: TerminalEndReason) => ({
    ...listed("a", 0),
    endedAt: "2026-01-01T01:00:00.000Z",
    endReason,
  });
  const soon = Date.parse("2026-01-01T01:59:00.000Z");
  expect(isShown(ended("exited"), soon)).toBe(true);
  expect(isShown(ended("exited"), soon + 60_000)).toBe(false);
  expect([isShown(ended("closed"), soon), isShown(ended("machine_stopped"), soon)]).toEqual([false, false]);
  expect(isShown(listed("a", 0), soon + 60_000)).toBe(true);
});
