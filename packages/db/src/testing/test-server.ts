import { mkdtemp, readdir, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDirectory, startEmbeddedPostgres } from "../embedded/index.ts";

/** Passes the server of a test run to its worker processes. */
export const TEST_SERVER_URL_VARIABLE = "BERTH_TEST_POSTGRES_URL";

const PREFIX = "berth-test-postgres-";
const MEMORY_BYTES_MIN = 2 * 1024 ** 3;
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of this run, the one in `DATABASE_URL_FOR_TESTS`, or a new one without durability. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env[TEST_SERVER_URL_VARIABLE] ?? process.env.DATABASE_URL_FOR_TESTS;
  if (given) return { url: given, stop: async () => undefined };

  const parent = await fastestDirectory();
  await removeLeftovers(parent);
  const directory = await mkdtemp(join(parent, PREFIX));
  try {
    const server = await startEmbeddedPostgres({ directory, durable: false });
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Prefers memory if enough is free: a copy of a database takes 10 ms there, and 200 ms on some disks. */
async function fastestDirectory(): Promise<string> {
  const memory = await statfs("/dev/shm").catch(() => null);
  return memory && memory.bavail * memory.bsize >= MEMORY_BYTES_MIN ? "/dev/shm" : tmpdir();
}

/**
 * Deletes the files of killed test runs. Only deletes old directories that are not locked, because a new one
 * may be locked at any moment.
 */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const directory = join(parent, name);
    if (!name.startsWith(PREFIX)) continue;
    const found = await stat(directory).catch(() => null);
    if (!found || Date.now() - found.mtimeMs < LEFTOVER_AGE_MS) continue;
    const lock = await lockDirectory(directory).catch(() => null);
    if (!lock) continue;
    await rm(directory, { recursive: true, force: true });
    await lock.release();
  }
}
