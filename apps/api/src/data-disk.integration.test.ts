import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findSmallDiskForTests, openSmallDisk } from "@berth/backends/testing";
import { afterEach, describe, expect, test } from "vitest";
import { endAll, ownerOf, processesWith, startProcess } from "./testing/api-process.ts";
import { until } from "./testing/test-api.ts";

afterEach(() => endAll());

const smallDisk = await findSmallDiskForTests();
/** Fits an empty cluster, its log, and the reserve. */
const DISK_MEBIBYTES = 320;

const checksOf = (body: unknown) => (body as { checks: Record<"database" | "disk", { ok: boolean }> }).checks;

const gone = (dataDirectory: string) =>
  until(async () => ((await processesWith("postgres", dataDirectory)).length === 0 ? true : undefined));

describe.skipIf(smallDisk.reason !== null)("the disk of the data directory", () => {
  test("when it is full, rejects writes, still deletes and erases, and recovers when there is space", {
    timeout: 90_000,
  }, async () => {
    await using disk = await openSmallDisk(DISK_MEBIBYTES);
    const dataDirectory = join(disk.path, "data");
    const settings = { BERTH_DATA_DIR: dataDirectory };
    const { origin, call } = await ownerOf(startProcess(settings), dataDirectory);
    const ready = async () => {
      const response = await fetch(`${origin}/readyz`);
      return { status: response.status, checks: checksOf(await response.json()) };
    };
    const ended = async (id: string) =>
      until(async () => {
        const { data } = await call("operations.get", { id });
        return data.finishedAt === null ? undefined : data.status;
      });
    const created = await call("workspaces.create", { name: "on a full disk" });
    expect(await ended(created.data.operation.id)).toBe("succeeded");
    expect(await ready()).toMatchObject({ status: 200, checks: { disk: { ok: true } } });

    await disk.fill();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: 503, checks: { disk: { ok: false } } });
    expect((await call("system.info")).data.disk).toMatchObject({ ok: false });
    const { id, name, volume } = (await call("workspaces.get", { id: created.data.workspace.id })).data;
    for (const [procedure, input] of [
      ["workspaces.create", { name: "one more" }],
      ["workspaces.update", { id, role: "x" }],
      ["tokens.create", { kind: "org", name: "x" }],
    ] as const) {
      const refused = await call(procedure, input);
      expect([procedure, refused.status, refused.problem?.code]).toEqual([procedure, 507, "disk_full"]);
    }
    const deleted = await call("workspaces.delete", { id, confirmName: name, eraseData: true });
    expect(deleted.problem).toBeUndefined();
    expect(await ended(deleted.data.id)).toBe("succeeded");
    expect((await call("volumes.receipt", { id: volume.id })).data.verifiedAt).toEqual(expect.any(String));

    await disk.drain();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: 200, checks: { disk: { ok: true } } });
    expect((await call("system.info")).data.disk).toMatchObject({ ok: true });
    expect((await call("workspaces.create", { name: "again" })).status).toBe(200);
    await endAll();
    await gone(dataDirectory);
  });

  test("when it is full at the start, releases its reserve for Postgres", { timeout: 90_000 }, async () => {
    await using disk = await openSmallDisk(DISK_MEBIBYTES);
    const dataDirectory = join(disk.path, "data");
    const first = startProcess({ BERTH_DATA_DIR: dataDirectory });
    await first.ready;
    expect((await stat(join(dataDirectory, "disk-reserve"))).size).toBe(64 * 1024 * 1024);
    await first.kill("SIGTERM");
    await disk.fill();
    const { call } = await ownerOf(startProcess({ BERTH_DATA_DIR: dataDirectory }), dataDirectory);
    expect((await call("workspaces.create", { name: "x" })).problem?.code).toBe("disk_full");
    await endAll();
    await gone(dataDirectory);
  });

  test("when it is read-only, fails the start with one sentence", async () => {
    await using disk = await openSmallDisk(1);
    await disk.makeReadOnly();
    const api = startProcess({ BERTH_DATA_DIR: join(disk.path, "data"), TMPDIR: tmpdir() });
    api.ready.catch(() => {});
    expect(await api.ended).toBe(1);
    expect(api.printed.errors.trim().split("\n")).toEqual([expect.stringMatching(/data directory .* is read-only\./)]);
  });
});

test("/readyz responds within two seconds while Postgres hangs, and names it", { timeout: 60_000 }, async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-hanging-"));
  const { origin } = await ownerOf(startProcess({ BERTH_DATA_DIR: dataDirectory }), dataDirectory);
  const pids = await processesWith("postgres", dataDirectory);
  const postmaster = Number(
    (await readFile(join(dataDirectory, "postgres/data/postmaster.pid"), "utf8")).split("\n")[0],
  );
  const children = await Promise.all(
    (await processesWith("postgres")).map(async (pid) => {
      const parent = /^PPid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""))?.[1];
      return pids.includes(Number(parent)) || Number(parent) === postmaster ? [pid] : [];
    }),
  );
  const stopped = [...new Set([...pids, ...children.flat()])];
  for (const pid of stopped) process.kill(pid, "SIGSTOP");
  try {
    for (let asked = 0; asked < 3; asked += 1) {
      const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(2_000) });
      const checks = checksOf(await response.json());
      expect([response.status, checks.database.ok, checks.disk.ok]).toEqual([503, false, true]);
    }
  } finally {
    for (const pid of stopped) process.kill(pid, "SIGCONT");
  }
  await expect.poll(async () => (await fetch(`${origin}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  await endAll();
  await gone(dataDirectory);
  await rm(dataDirectory, { recursive: true, force: true });
});
