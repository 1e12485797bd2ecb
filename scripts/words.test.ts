import { expect, test } from "vitest";
import { findBannedWords } from "./words.ts";

test.each([
  ["const bench = await openBench();", "bench"],
  ["class StoreWorld {}", "World"],
  ["export const lookAtDaemons = poll;", "lookAt"],
  ["// Whoever asks is told.", "told"],
  ["const keepDialled = true;", "keepDialled"],
  ["// The daemon does not answer.", "not answer"],
  ["const answer = await fetch(url);", "const answer"],
  ["// A disk of its own.", "of its own"],
  ["// Omits entries that vanished meanwhile.", "meanwhile"],
])("%s is reported with its line", (line, word) => {
  const found = findBannedWords("packages/x.ts", `export const x = 1;\n${line}`);
  expect(found).toEqual([expect.stringContaining(`packages/x.ts:2: "${word}"`)]);
});

test("a file name is checked too", () => {
  expect(findBannedWords("packages/machine-door.ts", "")).toEqual([
    expect.stringContaining("packages/machine-door.ts:name"),
  ]);
});

test.each([
  "const background = foreground;",
  "npx --yes pnpm@12 bench canvas",
  "import { report } from './benchmark-report.ts';",
  "const dialog = dialect;",
  "// A key press must not answer a question about a newer version.",
  "// It checks the response like one of its own daemons.",
  "// Meanwhile the test kills the process.",
])("%s is allowed", (line) => {
  expect(findBannedWords("packages/x.ts", line)).toEqual([]);
});
