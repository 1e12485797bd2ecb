import { describe, expect, test } from "vitest";
import { workspaceNameKey, workspaceNameSchema } from "./name.ts";

describe("workspace name", () => {
  test.each([
    ["zero-width spaces", "\u200b\u2060"],
    ["a soft hyphen", "\u00ad"],
    ["a Hangul filler", "\u3164"],
    ["a braille blank", "\u2800"],
    ["white space and a joiner", " \u00a0\u200d "],
  ])("with only %s is rejected", (_, name) => {
    expect(workspaceNameSchema.safeParse(name).success).toBe(false);
  });

  test("with a character that reorders text is rejected", () => {
    expect(workspaceNameSchema.safeParse("prod\u202etxt").success).toBe(false);
  });

  test("is trimmed and composed", () => {
    expect(workspaceNameSchema.parse(" cafe\u0301\u00a0")).toBe("caf\u00e9");
  });

  test.each(["👩‍💻 team", "❤️", "می‌خواهم", "名前"])("%s keeps its joiners and variation selectors", (name) => {
    expect(workspaceNameSchema.parse(name)).toBe(name.normalize("NFC"));
  });

  test.each([
    ["prod", "prod\u200b"],
    ["prod", "p\u00adrod"],
    ["caf\u00e9", "cafe\u0301"],
    ["a b", "a\u00a0b"],
    ["❤", "❤️"],
  ])("%j has the same key as %j", (left, right) => {
    expect(workspaceNameKey(left)).toBe(workspaceNameKey(right));
  });

  test.each([
    ["prod", "Prod"],
    ["a", "а"],
    ["x2", "x²"],
  ])("%j and %j have different keys", (left, right) => {
    expect(workspaceNameKey(left)).not.toBe(workspaceNameKey(right));
  });
});
