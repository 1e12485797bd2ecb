import { expect, test } from "vitest";
import { RestartBackoff } from "./restart-backoff.ts";

test("a failing command restarts with a backoff of up to a minute, which resets after a healthy run", () => {
  const pace = new RestartBackoff();
  const delays = Array.from({ length: 8 }, () => pace.delayAfter(10));
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(pace.delayAfter(60_000)).toBe(1000);
  expect(pace.delayAfter(10)).toBe(2000);
});
