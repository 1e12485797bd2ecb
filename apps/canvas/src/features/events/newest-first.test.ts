import type { BerthEvent } from "@berth/domain";
import { expect, test } from "vitest";
import { newestFirst } from "./newest-first.ts";

const event = (sequence: number): BerthEvent => ({
  sequence,
  type: "workspace.updated",
  workspaceId: "w",
  at: "2026-01-01T00:00:00.000Z",
  data: {},
});

test("events from both the stream and the pages appear once, newest first", () => {
  const live = [event(7), event(8), event(9)];
  const pages = [event(8), event(7), event(3)];
  expect(newestFirst(live, pages).map(({ sequence }) => sequence)).toEqual([9, 8, 7, 3]);
});
