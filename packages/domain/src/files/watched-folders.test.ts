import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { watchFilesInput } from "./inputs.ts";
import { watchableFolders } from "./watched-folders.ts";

const inputOf = (paths: string[]) =>
  watchFilesInput.safeParse({ workspaceId: "3f0e2d7c-6a1b-4c57-9e0a-0123456789ab", root: "/workspace", paths });

test.each([
  ["short ones", (index: number) => `/${index}`, LIMITS.watchedFoldersMax],
  ["ones of 60 characters", (index: number) => `/packages/app-${index}/${"src/".repeat(12)}`, LIMITS.watchedFoldersMax],
  ["long ones", (index: number) => `/${index}${"x".repeat(3000)}`, 33],
  ["long ones in Chinese", (index: number) => `/${index}${"\u4e2d".repeat(3000)}`, 3],
])("watches as many folders as fit into the URL: %s", (_what, pathOf, count) => {
  const paths = Array.from({ length: 300 }, (_, index) => pathOf(index));
  const watchable = watchableFolders(paths);
  expect(watchable).toEqual(paths.slice(0, count));
  expect(inputOf(watchable).success).toBe(true);
  expect(inputOf(paths.slice(0, count + 1)).success).toBe(false);
  const address = encodeURIComponent(JSON.stringify(watchable));
  expect(address.length).toBeLessThan(LIMITS.requestAddressBytesMax * 0.9);
});

test("a lone surrogate in a folder name is invalid input", () => {
  expect(inputOf(["/\ud800"]).error?.issues[0]?.message).toContain("surrogate");
});
