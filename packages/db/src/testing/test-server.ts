import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../embedded/index.ts";

/** Tells the processes of one test run where its server is. */
export const TEST_SERVER_URL_VARIABLE = "BERTH_TEST_POSTGRES_URL";

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server for tests: the one of this run, the one in `DATABASE_URL_FOR_TESTS`, or a new one that may lose its data. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env[TEST_SERVER_URL_VARIABLE] ?? process.env.DATABASE_URL_FOR_TESTS;
  if (given) return { url: given, stop: async () => undefined };

  const directory = await mkdtemp(join(tmpdir(), "berth-test-postgres-"));
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
