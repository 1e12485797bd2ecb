import { startTestServer, TEST_SERVER_URL_VARIABLE } from "./test-server.ts";

/** Vitest `globalSetup`: starts one server for all test files of a run. Workers inherit the variable. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  const before = process.env[TEST_SERVER_URL_VARIABLE];
  process.env[TEST_SERVER_URL_VARIABLE] = server.url;
  return async () => {
    if (before === undefined) delete process.env[TEST_SERVER_URL_VARIABLE];
    else process.env[TEST_SERVER_URL_VARIABLE] = before;
    await server.stop();
  };
}
