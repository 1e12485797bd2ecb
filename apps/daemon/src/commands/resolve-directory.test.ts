import { expect, test } from "vitest";
import { resolveDirectory } from "./resolve-directory.ts";

const roots = { "/workspace": "/data/w", "/agent-home": "/root" } as const;

test.each([
  ["/workspace", "/data/w"],
  ["/workspace/a/../b", "/data/w/b"],
  ["src", "/data/w/src"],
  ["/agent-home/x", "/root/x"],
  ["/workspaces", "/workspaces"],
  ["/tmp", "/tmp"],
  // This instance does not have the root.
  ["/configs", "/configs"],
])("the working directory %s is %s on the instance", (cwd, path) => {
  expect(resolveDirectory({ roots }, cwd)).toBe(path);
});
