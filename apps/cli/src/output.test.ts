import { expect, test } from "vitest";
import { ageText, printable, sizeText } from "./output.ts";

test("texts keep colours, lines and tabs, and lose other control characters", () => {
  expect(printable("a\tb\n\u001b[32mgreen\u001b[39m")).toBe("a\tb\n\u001b[32mgreen\u001b[39m");
  expect(printable("\u001b]0;title\u0007\u001b[2J\r\u009b")).toBe("�]0;title��[2J��");
});

test("sizes and ages have a unit", () => {
  expect([0, 1023, 1024, 1.5 * 1024 ** 2, 200 * 1024 ** 3, null].map(sizeText)).toEqual([
    ...["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "200 GiB", "-"],
  ]);
  const now = Date.parse("2026-01-02T00:00:00.000Z");
  expect(ageText("2026-01-01T23:59:30.000Z", now)).toBe("30 s");
  expect(ageText("2026-01-01T22:00:00.000Z", now)).toBe("2 h");
  expect(ageText(null)).toBe("-");
});
