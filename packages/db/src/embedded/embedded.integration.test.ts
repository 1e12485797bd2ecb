import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "./index.ts";
import { readPostmasterFile } from "./orphan.ts";

const OWNER = fileURLToPath(new URL("./owner.fixture.ts", import.meta.url));

let directory: string;
let owners: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-embedded-"));
  owners = [];
});

afterEach(async () => {
  for (const owner of owners) if (owner.exitCode === null) owner.kill("SIGKILL");
  // Starting on the directory again ends any server that the test left behind.
  await startEmbeddedPostgres({ directory, durable: false }).then(
    (server) => server.stop(),
    () => undefined,
  );
  await rm(directory, { recursive: true, force: true });
});

/** Starts the server in a child process, which prints the result in one line. */
async function startOwner(
  environment: Record<string, string> = {},
): Promise<{ process: ChildProcess; response: { url?: string; refused?: string } }> {
  const owner = spawn(process.execPath, [OWNER, directory], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  owners.push(owner);
  const [line] = (await once(createInterface(owner.stdout as NonNullable<typeof owner.stdout>), "line")) as [string];
  return { process: owner, response: JSON.parse(line) };
}

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

describe("embedded Postgres", () => {
  test("starts in an empty directory, keeps data across a restart and lower-cases non-ASCII letters", async () => {
    const first = await startEmbeddedPostgres({ directory });
    await query(first.url, "create table notes as select 'ÄRGER' as text");
    await first.stop();

    const second = await startEmbeddedPostgres({ directory });
    expect(await query(second.url, "select lower(text) as text from notes")).toEqual([{ text: "ärger" }]);
    await second.stop();
  });

  test("requires the password, which only the owner can read", async () => {
    const server = await startEmbeddedPostgres({ directory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(directory, "password"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await server.stop();
  });

  test("refuses a second start from this or another process and names the owner", async () => {
    const server = await startEmbeddedPostgres({ directory, durable: false });
    await expect(startEmbeddedPostgres({ directory })).rejects.toThrow(/in use by another running Berth/);
    const { response } = await startOwner();
    expect(response.refused).toContain(`process ${process.pid}`);
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test("exactly one of several concurrent first starts succeeds", async () => {
    const starts = await Promise.all([startOwner(), startOwner(), startOwner()]);
    const winners = starts.filter(({ response }) => response.url);
    expect(winners).toHaveLength(1);
    expect(starts.filter(({ response }) => response.refused?.includes("in use"))).toHaveLength(2);
    expect(await query(winners[0]?.response.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("restarts after kill -9 of its owner with all committed data", async () => {
    const owner = await startOwner();
    await query(owner.response.url ?? "", "create table kept as select generate_series(1, 1000) as n");
    owner.process.kill("SIGKILL");
    await once(owner.process, "close");

    const server = await startEmbeddedPostgres({ directory });
    expect(await query(server.url, "select count(*)::int as count from kept")).toEqual([{ count: 1000 }]);
    await server.stop();
  });

  test("reports kill -9 of the server to its owner and starts again", async () => {
    let exits = 0;
    const first = await startEmbeddedPostgres({ directory, onUnexpectedExit: () => exits++ });
    await query(first.url, "create table kept as select 1 as n");
    process.kill((await readPostmasterFile(join(directory, "data")))?.pid ?? 0, "SIGKILL");
    await expect.poll(() => exits).toBe(1);
    await first.stop();

    const second = await startEmbeddedPostgres({ directory });
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 1 }]);
    await second.stop();
    expect(exits).toBe(1);
  });

  test("recovers from an interrupted first start", async () => {
    await mkdir(join(directory, "data.init-1"), { recursive: true });
    await writeFile(join(directory, "data.init-1", "PG_VERSION"), "18\n");
    await writeFile(join(directory, "password"), "from the interrupted start");
    const server = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await expect(access(join(directory, "data.init-1"))).rejects.toThrow();
    await server.stop();
  });

  test("starts after kill -9 at any point of a first start", async () => {
    // Points within the half second of a first start. The next start must work, whichever step was interrupted.
    for (const milliseconds of [150, 300, 450, 600]) {
      const owner = spawn(process.execPath, [OWNER, directory], { stdio: "ignore" });
      owners.push(owner);
      await delay(milliseconds);
      owner.kill("SIGKILL");
      if (owner.signalCode === null) await once(owner, "close");
      const server = await startEmbeddedPostgres({ directory, durable: false });
      expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
      await server.stop();
      await rm(join(directory, "data"), { recursive: true });
    }
  });

  test("starts despite a postmaster.pid whose process id belongs to another program", async () => {
    const first = await startEmbeddedPostgres({ directory, durable: false });
    await first.stop();
    const file = [process.pid, join(directory, "data"), 0, 5432, "", "127.0.0.1", "", "ready"].join("\n");
    await writeFile(join(directory, "data", "postmaster.pid"), file);
    const second = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
  });

  test("runs as another user where user namespaces are forbidden", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root needs another user");
    const forbidding = join(directory, "bin");
    await mkdir(forbidding);
    await writeFile(join(forbidding, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const owner = await startOwner({ PATH: `${forbidding}:${process.env.PATH}` });
    expect(owner.response.refused).toBeUndefined();
    expect(await query(owner.response.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await stat(join(directory, "data"))).uid).toBe(65534);
    // A later start with user namespaces finds files that belong to the other user.
    owner.process.kill("SIGKILL");
    await once(owner.process, "close");
    const server = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });
});
