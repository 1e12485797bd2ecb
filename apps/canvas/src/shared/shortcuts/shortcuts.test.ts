import { expect, test } from "vitest";
import { platformKeys, shortcutOf } from "./shortcuts.ts";

const keys = (key: string, ...held: ("ctrlKey" | "metaKey" | "shiftKey" | "altKey")[]) => ({
  key,
  ctrlKey: held.includes("ctrlKey"),
  metaKey: held.includes("metaKey"),
  shiftKey: held.includes("shiftKey"),
  altKey: held.includes("altKey"),
});

test.each([
  [keys("k", "ctrlKey"), "palette"],
  [keys("k", "metaKey"), "palette"],
  [keys("?", "shiftKey"), "shortcuts"],
  [keys("z", "ctrlKey"), "undo"],
  [keys("Z", "ctrlKey", "shiftKey"), "redo"],
  [keys("y", "ctrlKey"), "redo"],
  [keys("z"), null],
  [keys("Enter"), null],
  [keys("Backspace"), null],
  [keys("k", "ctrlKey", "altKey"), null],
])("%o means %s", (pressed, meaning) => expect(shortcutOf(pressed)).toBe(meaning));

test("keys are displayed as on the platform's keyboard", () => {
  expect(platformKeys("Ctrl+Shift+Z", true)).toBe("⌘+Shift+Z");
  expect(platformKeys("Ctrl+Shift+Z", false)).toBe("Ctrl+Shift+Z");
});
