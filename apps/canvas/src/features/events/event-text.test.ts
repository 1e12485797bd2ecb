import { type BerthEvent, EVENT_TYPES, type EventData } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { EVENT_FILTERS, eventText, eventTone, passes } from "./event-text.ts";

type Feed = EventData & { "feed.started": object };

const event = <Type extends keyof Feed>(type: Type, data: Feed[Type]) =>
  ({ sequence: 1, type, workspaceId: "w", at: "2026-01-01T00:00:00Z", data }) as BerthEvent;

const SENTENCES: { [Type in keyof EventData]: [EventData[Type], string] } = {
  "workspace.created": [{ status: "provisioning", operationId: "o" }, "Workspace created."],
  "workspace.updated": [{}, "Name, role, team or settings changed."],
  "workspace.status_changed": [{ status: "online", generation: 3 }, "Status: online, generation 3."],
  "workspace.layout_changed": [{ ids: ["w"] }, "Moved on the map."],
  "operation.queued": [
    { operationId: "o", kind: "recover", cause: "its machine is gone" },
    "Repair requested: its machine is gone.",
  ],
  "operation.step": [{ operationId: "o", kind: "restart", step: "Start the machine" }, "Restart: Start the machine."],
  "operation.finished": [{ operationId: "o", kind: "pause", status: "failed" }, "Pause failed."],
  "volume.created": [{ volumeId: "v", state: "attached" }, "Data volume created."],
  "volume.state_changed": [{ volumeId: "v", state: "erased" }, "Saved data erased."],
  "retention.held": [{ because: "The clock jumped." }, "Expiry is on hold. The clock jumped."],
  "retention.resumed": [{ by: "o" }, "Expiry resumed."],
  "token.created": [{ tokenId: "t", kind: "workspace" }, "Token created."],
  "token.revoked": [{ tokenId: "t" }, "Token revoked."],
  "terminal.opened": [{ terminalId: "t", by: "o" }, "Terminal opened."],
  "terminal.closed": [
    { terminalId: "t", reason: "unused", exitCode: null, by: null },
    "Terminal closed after inactivity.",
  ],
  "command.started": [{ commandId: "c", by: "o" }, "Command started."],
  "port.shared": [{ shareId: "s", port: 8080, by: "o" }, "Port 8080 shared."],
  "port.share_revoked": [{ shareId: "s", port: 8080, by: "o" }, "Stopped sharing port 8080."],
  "command.ended": [{ commandId: "c", state: "exited", exitCode: 3 }, "Command ended with exit code 3."],
};

describe("the text of an event", () => {
  test.each(EVENT_TYPES)("%s", (type) => {
    const [data, sentence] = SENTENCES[type];
    expect(eventText(event(type, data))).toBe(sentence);
  });

  test.each([
    [{ missing: true }, "Saved data is missing: the backend no longer has it."],
    [{ missing: false }, "Saved data is available again."],
    [{ returned: true }, "Erased data exists on the backend again."],
    [{ heldBecause: "It is in use." }, "Saved data is kept past its deadline. It is in use."],
  ] as const)("a volume with %o", (change, sentence) => {
    expect(eventText(event("volume.state_changed", { volumeId: "v", state: "retained", ...change }))).toBe(sentence);
  });

  test.each([
    [{ state: "exited", exitCode: null }, "Command ended by a signal."],
    [{ state: "lost", exitCode: null }, "Command lost: its machine went away."],
  ] as const)("a command with %o", (end, sentence) => {
    expect(eventText(event("command.ended", { commandId: "c", ...end }))).toBe(sentence);
  });

  test("an unknown type of a newer server is still a sentence", () => {
    expect(eventText({ ...event("feed.started", {}), type: "moon.rose" } as unknown as BerthEvent)).toBe("moon rose.");
  });

  test("failures, missing data and held data are bad news; finished work and online are good", () => {
    const tones = [
      event("operation.finished", { operationId: "o", kind: "pause", status: "failed" }),
      event("volume.state_changed", { volumeId: "v", state: "attached", missing: true }),
      event("retention.held", { because: "The clock jumped." }),
      event("operation.finished", { operationId: "o", kind: "pause", status: "succeeded" }),
      event("workspace.status_changed", { status: "online", generation: 1 }),
      event("workspace.updated", {}),
    ].map(eventTone);
    expect(tones).toEqual(["bad", "bad", "bad", "good", "good", "plain"]);
  });
});

test("every type belongs to a specific filter", () => {
  const { all: _, ...own } = EVENT_FILTERS;
  for (const type of EVENT_TYPES) {
    const filters = (Object.keys(own) as (keyof typeof own)[]).filter((name) => passes(name, { type }));
    expect(filters, type).toHaveLength(1);
  }
});
