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
  // Taking the directory once more ends whatever server the test left on it.
  await startEmbeddedPostgres({ directory, durable: false }).then(
    (server) => server.stop(),
    () => undefined,
  );
  await rm(directory, { recursive: true, force: true });
});

/** A process of its own that starts the server and says one line: what came of it. */
async function startOwner(
  environment: Record<string, string> = {},
): Promise<{ process: ChildProcess; answer: { url?: string; refused?: string } }> {
  const owner = spawn(process.execPath, [OWNER, directory], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  owners.push(owner);
  const [line] = (await once(createInterface(owner.stdout as NonNullable<typeof owner.stdout>), "line")) as [string];
  return { process: owner, answer: JSON.parse(line) };
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

describe("the embedded Postgres", () => {
  test("starts in an empty directory, keeps data across a stop, and knows letters beyond ASCII", async () => {
    const first = await startEmbeddedPostgres({ directory });
    await query(first.url, "create table notes as select 'ÄRGER' as text");
    await first.stop();

    const second = await startEmbeddedPostgres({ directory });
    expect(await query(second.url, "select lower(text) as text from notes")).toEqual([{ text: "ärger" }]);
    await second.stop();
  });

  test("lets nobody in without the password, which only the owner may read", async () => {
    const server = await startEmbeddedPostgres({ directory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(directory, "password"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await server.stop();
  });

  test("refuses a second start in this process and in another, and says who has it", async () => {
    const server = await startEmbeddedPostgres({ directory, durable: false });
    await expect(startEmbeddedPostgres({ directory })).rejects.toThrow(/in use by another running Berth/);
    const { answer } = await startOwner();
    expect(answer.refused).toContain(`process ${process.pid}`);
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test("of several first starts at once exactly one wins", async () => {
    const starts = await Promise.all([startOwner(), startOwner(), startOwner()]);
    const winners = starts.filter(({ answer }) => answer.url);
    expect(winners).toHaveLength(1);
    expect(starts.filter(({ answer }) => answer.refused?.includes("in use"))).toHaveLength(2);
    expect(await query(winners[0]?.answer.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("starts again at once after kill -9 of its owner, with everything that was committed", async () => {
    const owner = await startOwner();
    await query(owner.answer.url ?? "", "create table kept as select generate_series(1, 1000) as n");
    owner.process.kill("SIGKILL");
    await once(owner.process, "close");

    const server = await startEmbeddedPostgres({ directory });
    expect(await query(server.url, "select count(*)::int as count from kept")).toEqual([{ count: 1000 }]);
    await server.stop();
  });

  test("starts after kill -9 of the server itself, and tells its owner", async () => {
    let told = 0;
    const first = await startEmbeddedPostgres({ directory, onUnexpectedExit: () => told++ });
    await query(first.url, "create table kept as select 1 as n");
    process.kill((await readPostmasterFile(join(directory, "data")))?.pid ?? 0, "SIGKILL");
    await expect.poll(() => told).toBe(1);
    await first.stop();

    const second = await startEmbeddedPostgres({ directory });
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 1 }]);
    await second.stop();
    expect(told).toBe(1);
  });

  test("puts an interrupted first start right", async () => {
    await mkdir(join(directory, "data.init-1"), { recursive: true });
    await writeFile(join(directory, "data.init-1", "PG_VERSION"), "18\n");
    await writeFile(join(directory, "password"), "from the interrupted start");
    const server = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await expect(access(join(directory, "data.init-1"))).rejects.toThrow();
    await server.stop();
  });

  test("starts after kill -9 at any moment of a first start", async () => {
    // A few moments spread over the half second a first start takes; whichever step is hit, the next start works.
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

  test("is not stopped by a postmaster.pid whose process id now belongs to another program", async () => {
    const first = await startEmbeddedPostgres({ directory, durable: false });
    await first.stop();
    const file = [process.pid, join(directory, "data"), 0, 5432, "", "127.0.0.1", "", "ready"].join("\n");
    await writeFile(join(directory, "data", "postmaster.pid"), file);
    const second = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
  });

  test("runs as another user where namespaces are forbidden", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root needs another user");
    const forbidding = join(directory, "bin");
    await mkdir(forbidding);
    await writeFile(join(forbidding, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const owner = await startOwner({ PATH: `${forbidding}:${process.env.PATH}` });
    expect(owner.answer.refused).toBeUndefined();
    expect(await query(owner.answer.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await stat(join(directory, "data"))).uid).toBe(65534);
    // A start where namespaces are allowed again finds files of the other user.
    owner.process.kill("SIGKILL");
    await once(owner.process, "close");
    const server = await startEmbeddedPostgres({ directory, durable: false });
    expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });
});
