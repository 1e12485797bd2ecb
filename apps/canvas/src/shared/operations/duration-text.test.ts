import { expect, test } from "vitest";
import { durationText, rangeText } from "./duration-text.ts";

test.each([
  [1, 4, "a few seconds"],
  [30, 90, "30 to 90 seconds"],
  [2, 20, "5 to 20 seconds"],
  [19, 21, "about 20 seconds"],
  [60, 210, "1 to 4 minutes"],
  [30, 120, "1 to 2 minutes"],
  [170, 180, "about 3 minutes"],
])("%i to %i seconds reads: %s", (fromSeconds, toSeconds, text) => {
  expect(rangeText({ fromSeconds, toSeconds })).toBe(text);
});

test("names the basis of the duration", () => {
  const measured = { kind: "restart", fromSeconds: 60, toSeconds: 180 } as const;
  expect(durationText({ ...measured, basis: "workspace" }, "ec2")).toBe("usually 1 to 3 minutes");
  expect(durationText({ ...measured, basis: "backend" }, "ec2")).toContain("on EC2");
  expect(durationText({ ...measured, basis: "stated" }, "docker")).toBe("typically 1 to 3 minutes on Docker");
});
