import { describe, expect, test } from "vitest";
import { BACKEND_KINDS } from "./backends.ts";
import { lateAfterSeconds, measuredDuration, statedDuration } from "./durations.ts";
import { OPERATION_KINDS } from "./operations.ts";

describe("operation durations", () => {
  test.each(BACKEND_KINDS)("every operation on %s has a stated default", (backend) => {
    for (const kind of OPERATION_KINDS) {
      const { fromSeconds, toSeconds } = statedDuration(backend, kind);
      expect(fromSeconds).toBeGreaterThan(0);
      expect(toSeconds).toBeGreaterThan(fromSeconds);
    }
  });

  test("a restart on EC2 includes the removal of the old instance and the start of the new one", () => {
    expect(statedDuration("ec2", "restart")).toEqual({ fromSeconds: 60, toSeconds: 210 });
  });

  test("the measured range goes from fast to slow and ignores an outlier", () => {
    const runs = [60, 62, 64, 66, 68, 70, 72, 74, 76, 78, 9_000];
    expect(measuredDuration(runs)).toEqual({ fromSeconds: 66, toSeconds: 78 });
    expect(measuredDuration([0.2, 0.3, 0.4])).toEqual({ fromSeconds: 1, toSeconds: 1 });
  });

  test("two samples are too few", () => {
    expect(measuredDuration([10, 20])).toBeNull();
  });

  test("a fast backend is not late after a few seconds", () => {
    expect(lateAfterSeconds(statedDuration("local", "create"))).toBe(60);
    expect(lateAfterSeconds(statedDuration("ec2", "restart"))).toBe(420);
  });
});
