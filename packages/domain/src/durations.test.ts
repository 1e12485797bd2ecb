import { describe, expect, test } from "vitest";
import { BACKEND_KINDS } from "./backends.ts";
import { lateAfterSeconds, measuredDuration, statedDuration } from "./durations.ts";
import { OPERATION_KINDS } from "./operations.ts";

describe("how long something takes", () => {
  test.each(BACKEND_KINDS)("is stated for everything that can be asked of %s", (backend) => {
    for (const kind of OPERATION_KINDS) {
      const { fromSeconds, toSeconds } = statedDuration(backend, kind);
      expect(fromSeconds).toBeGreaterThan(0);
      expect(toSeconds).toBeGreaterThan(fromSeconds);
    }
  });

  test("a restart on EC2 gives one machine back and starts another", () => {
    expect(statedDuration("ec2", "restart")).toEqual({ fromSeconds: 60, toSeconds: 210 });
  });

  test("is measured from quick to slow, and one that hung does not count", () => {
    const runs = [60, 62, 64, 66, 68, 70, 72, 74, 76, 78, 9_000];
    expect(measuredDuration(runs)).toEqual({ fromSeconds: 66, toSeconds: 78 });
    expect(measuredDuration([0.2, 0.3, 0.4])).toEqual({ fromSeconds: 1, toSeconds: 1 });
  });

  test("is not known from a run or two", () => {
    expect(measuredDuration([10, 20])).toBeNull();
  });

  test("a quick backend is not called late after seconds", () => {
    expect(lateAfterSeconds(statedDuration("local", "create"))).toBe(60);
    expect(lateAfterSeconds(statedDuration("ec2", "restart"))).toBe(420);
  });
});
