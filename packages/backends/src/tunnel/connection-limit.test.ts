import { expect, test } from "vitest";
import { ConnectionLimit } from "./connection-limit.ts";

test("an incarnation that connects too often is refused, and others are not", () => {
  const pace = new ConnectionLimit(3, 60_000);
  for (let arrival = 0; arrival < 3; arrival += 1) {
    expect(pace.isExhausted("loud")).toBe(false);
    pace.count("loud");
  }
  expect(pace.isExhausted("loud")).toBe(true);
  expect(pace.isExhausted("quiet")).toBe(false);
});

test("rejected attempts do not lock the daemon out", () => {
  const pace = new ConnectionLimit(1, 60_000);
  for (let attempt = 0; attempt < 10; attempt += 1) expect(pace.isExhausted("wanted")).toBe(false);
});
