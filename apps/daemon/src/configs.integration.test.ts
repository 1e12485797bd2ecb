import { mkdirSync, symlinkSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { refillConfigs } from "./configs.ts";
import { TemporaryRoot } from "./files/testing/temporary-root.ts";
import { systemCalls } from "./native/system-calls.ts";

const TEMPLATE = { "workspace.json": "{}\n" };

const PLANTED: Record<string, (path: string) => void> = {
  "a pipe": (path) => systemCalls()?.makePipe(path, 0o600),
  "a folder": (path) => mkdirSync(path),
  "a link": (path) => symlinkSync("nowhere", path),
};

describe("an empty /configs", () => {
  test.each(Object.keys(PLANTED))("is filled when a program has put %s in place of the marker", async (what) => {
    await using root = await TemporaryRoot.make();
    await root.makeScratch();
    const [scratch = ""] = await readdir(root.root.path);
    PLANTED[what]?.(root.disk(`${scratch}/refilling`));
    expect(await refillConfigs(root.root, TEMPLATE)).toBe(1);
    expect(await readFile(root.disk("workspace.json"), "utf8")).toBe("{}\n");
    expect(await readdir(root.disk(scratch)).catch(() => [])).not.toContain("refilling");
    await rm(root.disk("workspace.json"));
    expect(await refillConfigs(root.root, TEMPLATE)).toBe(1);
  });
});
