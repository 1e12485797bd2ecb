import { cp, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@berth/db/testing";
import type { Workspace } from "@berth/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { endAll, endProcesses, ownerOf, ownerWith, processesWith, startProcess } from "./testing/api-process.ts";
import { until } from "./testing/test-api.ts";

/** Each test starts up to six processes, each with its own database. */
vi.setConfig({ testTimeout: 240_000 });

const OWNER_TOKEN = "owner-token-of-every-directory-0123456789";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-directory-"));
});
afterEach(async () => {
  await endAll();
  await until(async () => ((await processesWith(root)).length === 0 ? true : undefined));
  await rm(root, { recursive: true, force: true });
});

const start = (name: string, settings: Record<string, string> = {}) =>
  startProcess({ BERTH_DATA_DIR: join(root, name), ...settings });

/** The id that the error message asks the operator to confirm. */
const replacedId = (errors: string): string => /BERTH_REPLACES_DATA_DIR=([0-9a-f-]{36})/.exec(errors)?.[1] ?? "";

async function copy(from: string, to: string): Promise<void> {
  await cp(join(root, from), join(root, to), { recursive: true, filter: (path) => !path.endsWith(".sock") });
}

const endInstances = (name: string): Promise<void> => endProcesses(join(root, name), "daemon.cjs");

describe("a copy of a data directory", () => {
  test("taken while Berth runs does not start, and the original and its database keep running", async () => {
    const original = start("original");
    const owner = await ownerOf(original, join(root, "original"));
    const postgres = await processesWith("postgres", join(root, "original"));
    await copy("original", "copy");

    const refused = start("copy");
    expect(await refused.ended).toBe(1);
    expect(refused.printed.errors).toContain(`is a copy of the data directory ${join(root, "original")}`);
    expect(refused.printed.errors).not.toContain("    at ");
    expect(await processesWith("postgres", join(root, "original"))).toEqual(postgres);
    expect((await owner.call("session.get")).status).toBe(200);
  });

  test("starts after the operator confirms that it replaces the original, and later without confirmation", async () => {
    const original = start("original");
    await (await ownerOf(original, join(root, "original"))).call("canvas.saveViewport", { x: 1, y: 2, zoom: 3 });
    await original.kill("SIGTERM");
    await copy("original", "copy");
    const refused = start("copy");
    expect(await refused.ended).toBe(1);

    const id = replacedId(refused.printed.errors);
    const confirmed = start("copy", { BERTH_REPLACES_DATA_DIR: id });
    const owner = await ownerOf(confirmed, join(root, "copy"));
    expect((await owner.call("canvas.snapshot")).data.viewport).toEqual({ x: 1, y: 2, zoom: 3 });
    await confirmed.kill("SIGTERM");
    const again = start("copy");
    await again.ready;
    await again.kill("SIGTERM");
    // The confirmation was for that copy only.
    await copy("copy", "second");
    const second = start("second", { BERTH_REPLACES_DATA_DIR: id });
    expect(await second.ended).toBe(1);
  });

  test("of a running original ends no process of the original when it is confirmed by mistake", async () => {
    const original = start("original");
    const owner = await ownerOf(original, join(root, "original"));
    const postgres = await processesWith("postgres", join(root, "original"));
    await copy("original", "copy");
    const refused = start("copy");
    await refused.ended;
    const confirmed = start("copy", { BERTH_REPLACES_DATA_DIR: replacedId(refused.printed.errors) });
    // A database copied while it runs may not start; the original must not be affected.
    await Promise.race([confirmed.ready.catch(() => {}), confirmed.ended]);
    expect(await processesWith("postgres", join(root, "original"))).toEqual(postgres);
    expect((await owner.call("session.get")).status).toBe(200);
  });
});

test("a data directory starts at its new path after a move", async () => {
  const before = start("before");
  await before.ready;
  await before.kill("SIGTERM");
  await rename(join(root, "before"), join(root, "after"));
  const after = start("after");
  await after.ready;
  expect(await readdir(root)).toEqual(["after"]);
});

describe("a second process for local workspaces on one database", () => {
  test("is rejected with another data directory, and may serve the other backends", async () => {
    await using database = await createTestDatabase();
    const settings = { DATABASE_URL: database.url, BERTH_BACKENDS: "local" };
    const first = start("first", settings);
    await first.ready;
    const second = start("second", settings);
    expect(await second.ended).toBe(1);
    expect(second.printed.errors).toContain(`The local workspaces of this database are in ${join(root, "first")}`);
    expect(second.printed.errors).not.toContain("    at ");
    const remote = start("second", { ...settings, BERTH_BACKENDS: "memory" });
    await remote.ready;

    // The first one is lost for good.
    await first.kill("SIGKILL");
    const successor = start("third", { ...settings, BERTH_REPLACES_DATA_DIR: replacedId(second.printed.errors) });
    await successor.ready;
    const returned = start("first", settings);
    expect(await returned.ended).toBe(1);
  });

  test("reports lost data as missing, and works in the empty directory that replaces it", async () => {
    await using database = await createTestDatabase();
    const settings = {
      ...{ DATABASE_URL: database.url, BERTH_BACKENDS: "local", BERTH_OWNER_TOKEN: OWNER_TOKEN },
      ...{ BERTH_SWEEP_INTERVAL_SECONDS: "1", BERTH_SWEEP_MIN_AGE_SECONDS: "1" },
    };
    const create = async (owner: Awaited<ReturnType<typeof ownerWith>>, name: string): Promise<Workspace> => {
      const { data } = await owner.call("workspaces.create", { name, compute: { dataPersistence: "persist" } });
      const get = async () => (await owner.call("workspaces.get", { id: data.workspace.id })).data;
      await until(async () => ((await get()).status === "online" ? true : undefined));
      return get();
    };
    const first = start("first", settings);
    const lost = await create(await ownerWith(first, OWNER_TOKEN), "lost");
    await first.kill("SIGKILL");
    await endInstances("first");
    await rm(join(root, "first"), { recursive: true });

    const refused = start("second", settings);
    expect(await refused.ended).toBe(1);
    const successor = start("second", { ...settings, BERTH_REPLACES_DATA_DIR: replacedId(refused.printed.errors) });
    const owner = await ownerWith(successor, OWNER_TOKEN);
    expect((await owner.call("workspaces.get", { id: lost.id })).data).toMatchObject({ dataState: "missing" });
    const ready = await owner.request("/readyz");
    expect(ready.data.checks.backends.kinds).toMatchObject([{ kind: "local", healthy: true }]);
    expect(await create(owner, "new")).toMatchObject({ dataState: "intact" });

    await owner.call("workspaces.delete", { id: lost.id, confirmName: "lost", eraseData: true });
    const receipt = await until(async () => {
      const { status, data } = await owner.call("volumes.receipt", { id: lost.volume?.id });
      return status === 200 ? data : undefined;
    });
    expect(receipt.notCovered[0]).toMatch(/^The contents of the volume: missing since/);
    await successor.kill("SIGKILL");
    await endInstances("second");
  });
});
