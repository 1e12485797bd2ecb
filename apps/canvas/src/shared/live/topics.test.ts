import { EVENT_TYPES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { LayoutEchoes } from "./layout-echo.ts";
import { topicsOf } from "./topics.ts";

describe("the topics that an event invalidates", () => {
  test.each(EVENT_TYPES.filter((type) => type.startsWith("workspace.") || type.startsWith("operation.")))(
    "%s reaches the map",
    (type) => expect(topicsOf({ type, workspaceId: "w" })).toContain("map"),
  );

  test.each(["volume.created", "volume.state_changed", "workspace.updated"] as const)(
    "%s reaches Saved data and the workspace whose data it is",
    (type) => expect(topicsOf({ type, workspaceId: "w" })).toEqual(expect.arrayContaining(["volumes", "workspace:w"])),
  );

  test("include terminals when one starts, ends or loses its machine", () => {
    expect(topicsOf({ type: "terminal.closed", workspaceId: "w" })).toEqual(["terminals:w"]);
    expect(topicsOf({ type: "workspace.status_changed", workspaceId: "w" })).toContain("terminals:w");
  });

  test("include the commands of a workspace when one starts or ends", () => {
    expect(topicsOf({ type: "command.started", workspaceId: "w" })).toEqual(["commands:w"]);
    expect(topicsOf({ type: "command.ended", workspaceId: "w" })).toEqual(["commands:w"]);
  });

  test("include everything after a gap in the feed", () => {
    expect(topicsOf({ type: "feed.trimmed", workspaceId: null })).toEqual(["everything"]);
  });
});

test("one event per local save is an echo; the next one is another person's", () => {
  const echoes = new LayoutEchoes();
  echoes.expect(0);
  expect(echoes.take(100)).toBe(true);
  expect(echoes.take(101)).toBe(false);
  echoes.expect(200);
  expect(echoes.take(10_000)).toBe(false);
});
