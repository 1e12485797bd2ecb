import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, rename, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterOptions } from "./cluster.ts";
import { readPostmasterFile } from "./orphan.ts";

export interface Postmaster {
  readonly port: number;
  /** Resolves when the server process has ended, for any reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const LOG_BYTES_MAX = 10_000_000;
/** Replaying the log after a power cut can take long. A server that exits is detected without this timeout. */
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;
const ATTEMPTS_MAX = 30;
/** Transient failures: another program took the port, or the server of a killed start is still ending. */
const PASSING_FAILURE =
  /could not create any TCP\/IP sockets|Address already in use|pre-existing shared memory block|lock file "postmaster.pid" already exists/;

/** Starts the server and resolves when it accepts connections. */
export async function startPostmaster(options: ClusterOptions, dataDirectory: string): Promise<Postmaster> {
  const logFile = join(options.directory, "postgres.log");
  await rotate(logFile);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const logStart = await sizeOf(logFile);
    const child = await spawnServer(options, dataDirectory, port, logFile);
    const exited = once(child, "close").then(() => undefined);
    if (await becomesReady(child, dataDirectory)) return { port, exited, stop: () => stop(child, exited) };

    const log = await readFrom(logFile, logStart);
    if (attempt === ATTEMPTS_MAX || !PASSING_FAILURE.test(log)) {
      throw new Error(
        `The embedded Postgres did not start (${logFile}).\n${log.trim().split("\n").slice(-5).join("\n")}`,
      );
    }
    await delay(100);
  }
}

async function spawnServer(
  { launch, binaries, durable }: ClusterOptions,
  dataDirectory: string,
  port: number,
  logFile: string,
): Promise<ChildProcess> {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    // For short queries, JIT compilation costs more than it saves.
    jit: "off",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const server = [...binaries.prefix, binaries.postgres, "-D", dataDirectory, "-p", String(port)];
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command, ...args] = [...launch.prefix, ...server, ...flags];
  // A file instead of a pipe, because a pipe without a reader blocks the server.
  const log = await open(logFile, "a", 0o600);
  try {
    return spawn(command as string, args, {
      cwd: "/",
      stdio: ["ignore", log.fd, log.fd],
      // A separate process group, so that Ctrl-C in a terminal reaches Berth first and the database last.
      detached: true,
      ...(launch.uid === null ? {} : { uid: launch.uid, gid: launch.uid }),
    });
  } finally {
    await log.close();
  }
}

/** False when the server exited instead. */
async function becomesReady(child: ChildProcess, dataDirectory: string): Promise<boolean> {
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => undefined);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null) {
    const file = await readPostmasterFile(dataDirectory);
    if (file?.pid === child.pid && file?.ready) return true;
    if (performance.now() > deadline) {
      child.kill("SIGQUIT");
      throw new Error(`The embedded Postgres was not ready after ${READY_TIMEOUT_MS / 1000} seconds.`);
    }
    await Promise.race([delay(5), failed]);
  }
  return false;
}

/** Fast shutdown: ends open sessions and loses no acknowledged write. */
async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGQUIT"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}

async function rotate(logFile: string): Promise<void> {
  if ((await sizeOf(logFile)) > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function readFrom(file: string, position: number): Promise<string> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size - position, 100_000));
    await handle.read(buffer, 0, buffer.length, position);
    return buffer.toString("utf8");
  } finally {
    await handle.close();
  }
}
