import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { bundleDaemon } from "./bundle.ts";

test("the bundle contains only what a start needs, and the native addons are next to it", async () => {
  const { path, companions } = await bundleDaemon();
  const code = await readFile(path, "utf8");
  // A module loaded with `import()` that imports the domain index would pull in all its schemas and zod.
  expect(code).not.toContain("ZodError");
  expect(code.length).toBeLessThan(200 * 1024);
  const native = process.platform === "linux" ? ["pty.node", "koffi.node"] : [];
  expect(companions.map((companion) => basename(companion))).toEqual(native);
});
