import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TrafficMeter } from "./traffic-meter.ts";

const MiB = 1024 * 1024;
const WINDOWS = { streamBytes: 2 * MiB, sessionBytes: 64 * MiB };
const CALLS = 100;

beforeEach(() => vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a connection is not flooded", () => {
  test("by full windows of many unread calls, however they arrive", () => {
    const meter = new TrafficMeter(WINDOWS);
    for (let call = 0; call < CALLS; call++) meter.recordCall();
    for (let mebibytes = 0; mebibytes <= 2 * CALLS; mebibytes += 10) {
      expect(meter.isFlooded(mebibytes * MiB)).toBe(false);
    }
  });

  test("by bytes in flight when all calls ended", () => {
    const meter = new TrafficMeter(WINDOWS);
    const ends = Array.from({ length: CALLS }, () => meter.recordCall());
    for (const end of ends) end();
    expect(meter.isFlooded(0)).toBe(false);
    expect(meter.isFlooded(2 * CALLS * MiB)).toBe(false);
  });
});

describe("a connection is flooded", () => {
  test("by more than the windows of its calls", () => {
    const meter = new TrafficMeter(WINDOWS);
    for (let call = 0; call < CALLS; call++) meter.recordCall();
    expect(meter.isFlooded((2 * CALLS + 20) * MiB)).toBe(true);
  });

  test("by the windows of calls that ended long ago", () => {
    const meter = new TrafficMeter(WINDOWS);
    const ends = Array.from({ length: CALLS }, () => meter.recordCall());
    for (const end of ends) end();
    vi.advanceTimersByTime(60_000);
    expect(meter.isFlooded(0)).toBe(false);
    expect(meter.isFlooded(2 * CALLS * MiB)).toBe(true);
  });
});
