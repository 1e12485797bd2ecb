import { expect, test } from "vitest";
import { RedialPace } from "./redial-pace.ts";

/** Fails for `seconds` and answers the delays, without jitter. */
function delaysOver(seconds: number): number[] {
  let now = 0;
  const pace = new RedialPace(
    () => now,
    () => 1,
  );
  const delays: number[] = [];
  while (now < seconds * 1000) {
    const delay = pace.nextDelayMs();
    delays.push(delay);
    now += delay;
  }
  return delays;
}

test("the tunnel is dialled again quickly at first, within a second for a minute, then every five", () => {
  const delays = delaysOver(120);
  expect(delays[0]).toBe(100);
  expect(delays[1]).toBe(150);
  const firstMinute = delays.filter(
    (_, index) => delays.slice(0, index).reduce((sum, delay) => sum + delay, 0) < 60_000,
  );
  expect(Math.max(...firstMinute)).toBe(1000);
  expect(delays.at(-1)).toBe(5000);
});

test("jitter takes away up to half, and a connection starts the pace anew", () => {
  const pace = new RedialPace(
    () => 0,
    () => 0,
  );
  expect(pace.nextDelayMs()).toBe(50);
  expect(pace.nextDelayMs()).toBe(75);
  expect(pace.attempts).toBe(2);
  pace.connected();
  expect(pace.attempts).toBe(0);
  expect(pace.nextDelayMs()).toBe(50);
});
