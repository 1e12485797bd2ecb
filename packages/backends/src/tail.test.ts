import { expect, test } from "vitest";
import { tailOf } from "./tail.ts";

test.each([
  { text: "abc", bytes: 3, tail: "abc", truncated: false },
  { text: "abc", bytes: 2, tail: "bc", truncated: true },
  { text: "", bytes: 5, tail: "", truncated: false },
  { text: "abc", bytes: 0, tail: "", truncated: true },
  // A character of four bytes is left out rather than cut.
  { text: "x🚢y", bytes: 4, tail: "y", truncated: true },
  { text: "x🚢y", bytes: 5, tail: "🚢y", truncated: true },
  { text: "\u001b[32mgreen\u001b[0m", bytes: 100, tail: "\u001b[32mgreen\u001b[0m", truncated: false },
])("the last $bytes bytes of $text", ({ text, bytes, tail, truncated }) => {
  expect(tailOf(Buffer.from(text), bytes)).toEqual({ text: tail, truncated });
});
