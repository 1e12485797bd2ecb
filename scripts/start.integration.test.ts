import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockDirectory } from "../packages/db/src/index.ts";
import { ROOT } from "./run-command.ts";

interface Started {
  process: ChildProcess;
  output: () => string;
  exitCode: Promise<number | null>;
}

const READY = /^Berth ready: (\S+)$/m;

let dataDirectory: string;
let port: number;
let starts: Started[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "berth-start-"));
  port = await freePort();
  starts = [];
});

afterEach(async () => {
  for (const { process: started, exitCode } of starts) {
    signalGroup(started, "SIGKILL");
    await exitCode;
  }
  // Retries until the database has noticed that its owner died.
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** Runs in a separate process group, like in a terminal: a signal to the group acts like Ctrl-C. */
function start(environment: Record<string, string> = {}): Started {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--import", "./scripts/require-node.mjs", "scripts/start.ts"], {
    cwd: ROOT,
    env: {
      ...inherited,
      BERTH_DATA_DIR: dataDirectory,
      BERTH_BACKENDS: "memory",
      PORT: String(port),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const started = {
    process: child,
    output: () => output,
    exitCode: once(child, "close").then(([code]) => code as number | null),
  };
  starts.push(started);
  return started;
}

const signalGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    process.kill(-(pid ?? 0), signal);
  } catch {
    // The group has already ended.
  }
};

async function becomesReady(started: Started): Promise<void> {
  const ended = started.exitCode.then((code) => {
    throw new Error(`It ended with ${code} instead:\n${started.output()}`);
  });
  await Promise.race([expect.poll(started.output, { timeout: 50_000, interval: 50 }).toMatch(READY), ended]);
  ended.catch(() => undefined);
}

describe("the start command", () => {
  test("serves, rejects a second start on the same data, and ends cleanly on Ctrl-C", async () => {
    const first = start();
    await becomesReady(first);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);

    const second = start({ PORT: String(await freePort()) });
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toMatch(/in use by another running Berth/);
    expect(second.output()).not.toMatch(/^\s+at /m);

    signalGroup(first.process, "SIGINT");
    expect(await first.exitCode).toBe(0);
    // The database is no longer locked.
    await (await lockDirectory(join(dataDirectory, "postgres"))).release();
  });

  test("starts again after kill -9", async () => {
    const killed = start();
    await becomesReady(killed);
    signalGroup(killed.process, "SIGKILL");
    await killed.exitCode;

    const next = start();
    await becomesReady(next);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  test("reports every invalid setting at once, without values", async () => {
    const wrong = start({ PORT: "a-secret", BERTH_BACKENDS: "nowhere" });
    expect(await wrong.exitCode).toBe(1);
    expect(wrong.output()).toMatch(/PORT/);
    expect(wrong.output()).toMatch(/BERTH_BACKENDS/);
    expect(wrong.output()).not.toMatch(/a-secret/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No port is free.");
  return address.port;
}
