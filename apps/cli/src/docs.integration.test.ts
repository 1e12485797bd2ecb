import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXIT } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { openTestBerth, type TestBerth } from "./testing/test-berth.ts";

const PAGE = fileURLToPath(new URL("../../../docs/cli.md", import.meta.url));

let berth: TestBerth;
beforeAll(async () => {
  berth = await openTestBerth();
});
afterAll(() => berth[Symbol.asyncDispose]());

// Forty programs in a row: a busy machine needs more than the usual minute.
test("docs/cli.md works unchanged", { timeout: 240_000 }, async () => {
  const text = await readFile(PAGE, "utf8");
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? "");
  const script = blocks.join("\n").replaceAll("http://127.0.0.1:3000", berth.api.url);
  const folder = join(berth.folder, "docs");
  await mkdir(join(folder, ".berth"), { recursive: true });
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, ".berth/owner-token"), await berth.api.ownerToken());
  await writeFile(join(folder, "bin/berth"), `#!/bin/sh\nexec "${process.execPath}" "${berth.program}" "$@"\n`);
  await chmod(join(folder, "bin/berth"), 0o755);
  const { BERTH_URL: _url, BERTH_TOKEN: _token, ...inherited } = process.env;
  const env = {
    ...inherited,
    BERTH_CONFIG_DIR: join(folder, "config"),
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
  };
  const { stdout } = await promisify(execFile)("bash", ["-e", "-o", "pipefail", "-c", script], { cwd: folder, env });
  expect(stdout).toContain("Hello, you\nexit code 3\n");
  expect(stdout).toContain("hi from /tmp\nexit code 124\n");
  expect(stdout).toContain("started\nexit code 143\n");
  expect(stdout).toContain("<h1>hi</h1>");
  expect(stdout).toMatch(/^8321 +127\.0\.0\.1 +node .*\nhttp.*\nPort 8321 is no longer shared by this link\.$/m);
  expect(stdout).toContain(`"url": "${berth.api.url}/mcp"`);
  expect(stdout).not.toContain(await berth.api.ownerToken());
  expect(stdout.match(/^covered:/gm)).toHaveLength(2);
  expect(stdout).toMatch(/"name": "scripted",\nexit code 4\n +"verification": .*\n$/);
  expect(await readFile(join(folder, "back/index.html"), "utf8")).toBe("<h1>hi</h1>\n");
});

test("docs/cli.md names every command and every exit code", async () => {
  const text = await readFile(PAGE, "utf8");
  const { commands } = createProgram();
  const names = commands.map((command) => command.name()).filter((name) => name !== "complete-words");
  const verbs = ["pause", "resume", "hibernate", "wake"];
  for (const name of names.filter((each) => !verbs.includes(each))) expect(text).toContain(`berth ${name}`);
  for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`\\b${code}\\b`));
});
