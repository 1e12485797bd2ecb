import { expect, test } from "vitest";
import { ReconnectBackoff } from "./reconnect-backoff.ts";

/** Fails for `seconds`. @returns the delays, without jitter. */
function delaysOver(seconds: number): number[] {
  let now = 0;
  const pace = new ReconnectBackoff(
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

test("the tunnel reconnects within a second during the first minute, then every five seconds", () => {
  const delays = delaysOver(120);
  expect(delays[0]).toBe(100);
  expect(delays[1]).toBe(150);
  const firstMinute = delays.filter(
    (_, index) => delays.slice(0, index).reduce((sum, delay) => sum + delay, 0) < 60_000,
  );
  expect(Math.max(...firstMinute)).toBe(1000);
  expect(delays.at(-1)).toBe(5000);
});

test("jitter shortens a delay by up to half, and a connection resets the backoff", () => {
  const pace = new ReconnectBackoff(
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
