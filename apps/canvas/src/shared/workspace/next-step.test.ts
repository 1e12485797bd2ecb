import { WORKSPACE_STATUSES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { hasUsefulLog, nextSteps } from "./next-step.ts";
import { STATUS_STYLES } from "./status.ts";

const offered = (status: (typeof WORKSPACE_STATUSES)[number], isLate = false) =>
  nextSteps({ status, restartRequired: false }, isLate).map(({ label, verb }) => `${label}: ${verb}`);

describe("the next step of each status", () => {
  test("is allowed by the lifecycle table", () => {
    expect(Object.fromEntries(WORKSPACE_STATUSES.map((status) => [status, offered(status)]))).toEqual({
      provisioning: [],
      online: [],
      degraded: ["Restart: restart"],
      offline: ["Restart: restart"],
      pausing: [],
      paused: ["Resume: resume"],
      hibernating: [],
      hibernated: ["Wake: wake"],
      deleting: [],
      deleted: ["Restore: restore"],
      failed: ["Retry: restart"],
    });
  });

  test("of a late start is to retry, to cancel, or to open its log", () => {
    expect(nextSteps({ status: "provisioning", restartRequired: false }, true)).toEqual([
      { verb: "restart", label: "Retry", force: true },
      { verb: "hibernate", label: "Cancel", force: true },
    ]);
    expect(hasUsefulLog("provisioning", true)).toBe(true);
    expect(hasUsefulLog("provisioning")).toBe(false);
  });

  test("of a workspace that needs a restart is that restart", () => {
    expect(nextSteps({ status: "online", restartRequired: true })).toHaveLength(1);
    expect(nextSteps({ status: "paused", restartRequired: true }).map(({ verb }) => verb)).toEqual(["resume"]);
  });

  test.each(WORKSPACE_STATUSES)("%s has a label, an icon and a sentence", (status) => {
    const { label, icon, next } = STATUS_STYLES[status];
    expect([label, icon, next.endsWith(".")]).toEqual([expect.any(String), expect.anything(), true]);
  });
});
