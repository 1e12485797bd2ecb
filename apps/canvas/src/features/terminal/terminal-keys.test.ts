import { describe, expect, test } from "vitest";
import { actionOf } from "./terminal-keys.ts";

const press = (keys: string, hasSelection = false) => {
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  const held = (name: string) => parts.slice(0, -1).includes(name);
  const modifiers = { ctrlKey: held("Ctrl"), shiftKey: held("Shift"), altKey: held("Alt"), metaKey: held("Meta") };
  return actionOf({ type: "keydown", key, ...modifiers }, hasSelection);
};

describe("keys in a terminal", () => {
  test.each([
    ["F6", "leave"],
    ["Ctrl+Shift+Escape", "leave"],
    ["Ctrl+F6", "send-f6"],
    ["Ctrl+f", "find"],
    ["Meta+f", "find"],
    ["Ctrl+Shift+C", "copy"],
    ["Ctrl+Shift+V", "paste"],
    ["Ctrl+v", "paste"],
  ])("%s is handled by the page: %s", (keys, meaning) => expect(press(keys)).toBe(meaning));

  test.each(["Tab", "Shift+Tab", "Escape", "Ctrl+a", "Ctrl+r", "Shift+F6", "Alt+f", "F5", "f"])(
    "%s is for the shell",
    (keys) => expect(press(keys)).toBeNull(),
  );

  test("Ctrl+C interrupts, and copies if something is selected", () => {
    expect(press("Ctrl+c")).toBeNull();
    expect(press("Ctrl+c", true)).toBe("copy");
  });
});
