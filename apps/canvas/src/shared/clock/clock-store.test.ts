import { afterEach, expect, test } from "vitest";
import { serverNow, setServerTime } from "./clock-store.ts";

afterEach(() => setServerTime(new Date().toISOString()));

const HOUR = 3_600_000;

test("the clock follows a server that is an hour ahead", () => {
  setServerTime(new Date(Date.now() + HOUR).toISOString());
  expect(Math.abs(serverNow() - Date.now() - HOUR)).toBeLessThan(1_000);
});

test("the clock ignores an invalid date", () => {
  setServerTime("soon");
  expect(Math.abs(serverNow() - Date.now())).toBeLessThan(1_000);
});
