import { describe, expect, test } from "vitest";
import {
  allowedVerbs,
  BUSY_STATUSES,
  DESIRED_BY_VERB,
  isBusy,
  isLive,
  LIFECYCLE_VERBS,
  LIVE_STATUSES,
  type LifecycleEvent,
  type LifecycleFact,
  nextStatus,
  verbsWithForce,
  WORKSPACE_STATUSES,
  type WorkspaceStatus,
} from "./lifecycle.ts";

const FACTS: readonly LifecycleFact[] = ["started", "degraded", "lost", "paused", "hibernated", "deleted", "failed"];
const EVENTS: readonly LifecycleEvent[] = [...LIFECYCLE_VERBS, ...FACTS];

const statusesAllowing = (event: LifecycleEvent): WorkspaceStatus[] =>
  WORKSPACE_STATUSES.filter((status) => nextStatus(status, event) !== undefined);

const reachableFrom = (start: WorkspaceStatus): Set<WorkspaceStatus> => {
  const seen = new Set([start]);
  for (const from of seen) {
    for (const event of EVENTS) {
      const to = nextStatus(from, event);
      if (to) seen.add(to);
    }
  }
  return seen;
};

describe("transition table", () => {
  test.each(WORKSPACE_STATUSES.filter((status) => status !== "deleted"))("%s can be deleted", (status) => {
    expect(nextStatus(status, "delete")).toBe("deleting");
  });

  test("only deleted is final, and only a restore leaves it", () => {
    const movesFrom = (status: (typeof WORKSPACE_STATUSES)[number]) =>
      EVENTS.filter((event) => nextStatus(status, event) !== undefined);
    expect(movesFrom("deleted")).toEqual(["restore"]);
    expect(WORKSPACE_STATUSES.filter((status) => movesFrom(status).length < 2)).toEqual(["deleted"]);
  });

  test("a new workspace can reach every status", () => {
    expect([...reachableFrom("provisioning")].sort()).toEqual([...WORKSPACE_STATUSES].sort());
  });

  test.each(WORKSPACE_STATUSES.filter((status) => status !== "deleted"))("deleted is reachable from %s", (status) => {
    expect(reachableFrom(status)).toContain("deleted");
  });

  test("every event is legal from some status", () => {
    for (const event of EVENTS) expect(statusesAllowing(event), event).not.toEqual([]);
  });

  test("a busy workspace can finish or fail and only accepts a delete", () => {
    for (const status of BUSY_STATUSES) {
      expect(allowedVerbs(status).filter((verb) => verb !== "delete")).toEqual([]);
      expect(FACTS.some((fact) => nextStatus(status, fact) !== undefined)).toBe(true);
    }
  });

  test("only a delete leads to deleting, and no verb leads to failed", () => {
    for (const status of WORKSPACE_STATUSES) {
      for (const event of EVENTS.filter((each) => each !== "delete")) {
        expect(nextStatus(status, event)).not.toBe("deleting");
      }
      for (const verb of LIFECYCLE_VERBS) expect(nextStatus(status, verb)).not.toBe("failed");
    }
  });

  test("no verb leads to a status that only the reconciler can observe", () => {
    const seen: readonly WorkspaceStatus[] = ["online", "degraded", "offline", "paused", "hibernated", "deleted"];
    for (const status of WORKSPACE_STATUSES) {
      for (const verb of LIFECYCLE_VERBS) expect(seen).not.toContain(nextStatus(status, verb));
    }
  });
});

describe("derived from the transition table", () => {
  test("the verbs of each status, in the order of their buttons", () => {
    expect(Object.fromEntries(WORKSPACE_STATUSES.map((status) => [status, allowedVerbs(status)]))).toEqual({
      provisioning: ["delete"],
      online: ["restart", "pause", "hibernate", "delete"],
      degraded: ["restart", "pause", "hibernate", "delete"],
      offline: ["restart", "pause", "hibernate", "delete"],
      pausing: ["delete"],
      paused: ["resume", "delete"],
      hibernating: ["delete"],
      hibernated: ["wake", "delete"],
      // A second delete joins the running one, so the button would do nothing.
      deleting: [],
      deleted: ["restore"],
      failed: ["restart", "delete"],
    });
  });

  test("verbs that need force are legal and not offered as plain verbs", () => {
    for (const status of WORKSPACE_STATUSES) {
      for (const verb of verbsWithForce(status)) {
        expect(nextStatus(status, verb)).toBeDefined();
        expect(allowedVerbs(status)).not.toContain(verb);
      }
    }
    expect(WORKSPACE_STATUSES.filter((status) => verbsWithForce(status).length > 0)).toEqual(["provisioning"]);
  });

  test("no status is both busy and live", () => {
    expect(WORKSPACE_STATUSES.filter(isBusy)).toEqual(BUSY_STATUSES);
    expect(WORKSPACE_STATUSES.filter(isLive)).toEqual(LIVE_STATUSES);
    expect(WORKSPACE_STATUSES.filter((status) => isBusy(status) && isLive(status))).toEqual([]);
  });

  test("the desired state of each verb matches the status it ends in", () => {
    const ends = { running: "online", paused: "paused", hibernated: "hibernated", deleted: "deleted" } as const;
    const fact = { running: "started", paused: "paused", hibernated: "hibernated", deleted: "deleted" } as const;
    for (const verb of LIFECYCLE_VERBS) {
      const desired = DESIRED_BY_VERB[verb];
      for (const status of statusesAllowing(verb)) {
        const busy = nextStatus(status, verb);
        expect(busy && nextStatus(busy, fact[desired]), `${verb} from ${status}`).toBe(ends[desired]);
      }
    }
  });
});
