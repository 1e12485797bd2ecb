import { expect, test } from "vitest";
import { lineOf, stateText } from "./command-text.ts";

test("a shell line is shown unchanged, and arguments are quoted where needed", () => {
  expect(lineOf("echo 'a b' | wc")).toBe("echo 'a b' | wc");
  expect(lineOf(["git", "commit", "-m", "it's done", ""])).toBe(String.raw`git commit -m 'it'\''s done' ''`);
});

test("the state names how a command ended", () => {
  const ends = [
    { state: "running", exitCode: null, signal: null },
    { state: "exited", exitCode: 0, signal: null },
    { state: "exited", exitCode: 3, signal: null },
    { state: "exited", exitCode: null, signal: "SIGKILL" },
    { state: "lost", exitCode: null, signal: null },
  ] as const;
  expect(ends.map(stateText)).toEqual(["Running", "Succeeded", "Exit code 3", "Ended by SIGKILL", "Lost"]);
});
