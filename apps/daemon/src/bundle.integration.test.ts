import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { bundleDaemon } from "./bundle.ts";

test("the bundle holds nothing a start does not need, and the native parts lie beside it", async () => {
  const { path, companions } = await bundleDaemon();
  const code = await readFile(path, "utf8");
  // What is loaded with `import()` and itself imports the domain pulls in all of that, schemas and their library too.
  expect(code).not.toContain("ZodError");
  expect(code.length).toBeLessThan(200 * 1024);
  const native = process.platform === "linux" ? ["pty.node", "koffi.node"] : [];
  expect(companions.map((companion) => basename(companion))).toEqual(native);
});
