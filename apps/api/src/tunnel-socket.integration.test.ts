import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tunnelSocketPath } from "./tunnel-socket.ts";

const LONG = `/data/${"x".repeat(120)}`;
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "berth-socket-"));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

/** The name of the folder for a long data directory, so that a test can occupy it. */
async function folder(): Promise<string> {
  await tunnelSocketPath(LONG, temporary);
  const [name = ""] = await readdir(temporary);
  return join(temporary, name);
}

test("the folder of a long data directory is reused at the next start", async () => {
  const path = await tunnelSocketPath(LONG, temporary);
  expect(await tunnelSocketPath(LONG, temporary)).toBe(path);
});

test("a folder that others may write to is rejected", async () => {
  await chmod(await folder(), 0o777);
  await expect(tunnelSocketPath(LONG, temporary)).rejects.toThrow("shorter path");
});

test("a link in place of the folder is rejected", async () => {
  const place = await folder();
  await rm(place, { recursive: true });
  await mkdir(join(temporary, "elsewhere"));
  await symlink(join(temporary, "elsewhere"), place);
  await expect(tunnelSocketPath(LONG, temporary)).rejects.toThrow("shorter path");
});
