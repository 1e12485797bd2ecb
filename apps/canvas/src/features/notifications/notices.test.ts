import type { BerthEvent, EventData, VolumeChange, VolumeState, WorkspaceStatus } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { NO_NOTICES } from "./notice-store.ts";
import { type NoticeState, noticesAfter } from "./notices.ts";

let sequence = 0;
const event = <Type extends keyof EventData>(type: Type, data: EventData[Type], atSeconds = 0) =>
  ({
    sequence: ++sequence,
    type,
    workspaceId: "w",
    at: new Date(atSeconds * 1000).toISOString(),
    data,
  }) as BerthEvent;
const status = (is: WorkspaceStatus) => event("workspace.status_changed", { status: is, generation: 1 });
const volume = (state: VolumeState, change: VolumeChange = {}) =>
  event("volume.state_changed", { volumeId: "v", state, ...change });
const after = (...events: BerthEvent[]): NoticeState => events.reduce(noticesAfter, NO_NOTICES);

describe("a notice appears for", () => {
  test("a failed operation, however short", () => {
    const { notices } = after(event("operation.finished", { operationId: "o", kind: "restart", status: "failed" }));
    expect(notices).toMatchObject([{ workspaceId: "w", about: { kind: "operation_failed", operation: "restart" } }]);
  });

  test("long work, but not short work", () => {
    const run = (seconds: number) =>
      after(
        event("operation.queued", { operationId: "o", kind: "create" }, 100),
        event("operation.finished", { operationId: "o", kind: "create", status: "succeeded" }, 100 + seconds),
      );
    expect(run(34).notices).toMatchObject([{ about: { kind: "operation_done", tookMilliseconds: 34_000 } }]);
    expect(run(3).notices).toEqual([]);
    expect(run(34).askedAt.size).toBe(0);
  });

  test("missing or quarantined data, but not for existing data", () => {
    const volumes = [
      volume("retained"),
      volume("attached", { missing: true }),
      volume("attached", { missing: false }),
      volume("quarantined"),
    ];
    expect(after(...volumes).notices.map(({ about }) => about.kind)).toEqual(["data_set_aside", "data_missing"]);
  });

  test("erased data that exists again", () => {
    const { notices } = after(volume("quarantined", { returned: true }));
    expect(notices).toMatchObject([{ about: { kind: "data_returned" } }]);
  });

  test("an expiry on hold, and data that outlives its deadline", () => {
    const { notices } = after(
      event("retention.held", { because: "The clock jumped." }),
      event("volume.state_changed", { volumeId: "v", state: "retained", heldBecause: "No manifest." }),
    );
    expect(notices.map(({ about }) => about)).toEqual([
      { kind: "data_held", because: "No manifest." },
      { kind: "expiry_held", because: "The clock jumped." },
    ]);
  });

  test("an unhealthy workspace, but not for a healthy one", () => {
    const { notices } = after(status("online"), status("offline"), status("online"));
    expect(notices).toMatchObject([{ about: { kind: "trouble", status: "offline" } }]);
  });

  test("an event received twice only once, newest first", () => {
    const failed = event("operation.finished", { operationId: "o", kind: "pause", status: "failed" });
    const later = status("degraded");
    expect(after(failed, failed, later).notices.map((notice) => notice.id)).toEqual([later.sequence, failed.sequence]);
  });
});
