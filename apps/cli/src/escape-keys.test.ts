import { expect, test } from "vitest";
import { EscapeKeys } from "./escape-keys.ts";

const read = (...texts: string[]) => {
  const keys = new EscapeKeys();
  return texts.map((text) => keys.read(text));
};

test.each([
  [["~."], "", true],
  [["ls\r", "~", "."], "ls\r", true],
  [["ls\r~~.\r"], "ls\r~.\r", false],
  [["a~.\r"], "a~.\r", false],
  [["~a"], "~a", false],
  [["cd ~\r"], "cd ~\r", false],
])("%j types %j and leaves: %s", (texts, input, leaves) => {
  const results = read(...texts);
  expect(results.map((result) => result.input).join("")).toBe(input);
  expect(results.some((result) => result.leaves)).toBe(leaves);
});
