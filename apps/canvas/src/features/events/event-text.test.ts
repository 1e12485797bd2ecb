import { EVENT_TYPES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { EVENT_FILTERS, eventText, eventTone, passes } from "./event-text.ts";

describe("the words for an event", () => {
  test.each(EVENT_TYPES)("%s is a sentence, whatever it carries", (type) => {
    for (const data of [{}, { status: "moon", kind: 5, state: null }])
      expect(eventText({ type, data })).toMatch(/^[A-Z].*\.$/);
  });

  test("name what changed", () => {
    expect(eventText({ type: "workspace.status_changed", data: { status: "online", generation: 3 } })).toBe(
      "It is now online, generation 3.",
    );
    expect(eventText({ type: "operation.step", data: { kind: "restart", step: "Start the machine" } })).toBe(
      "Restart: Start the machine.",
    );
    expect(eventText({ type: "operation.finished", data: { kind: "pause", status: "failed" } })).toBe("Pause failed.");
    expect(eventTone({ type: "operation.finished", data: { kind: "pause", status: "failed" } })).toBe("bad");
  });
});

test("every type is found by a filter of its own, not only among all", () => {
  const { all: _, ...own } = EVENT_FILTERS;
  for (const type of EVENT_TYPES) {
    const filters = (Object.keys(own) as (keyof typeof own)[]).filter((name) => passes(name, { type }));
    expect(filters, type).toHaveLength(1);
  }
});
