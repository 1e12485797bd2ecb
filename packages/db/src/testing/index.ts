export { type ClockedServer, startClockedServer, whyNoClockedServer } from "./clocked-server.ts";
export { isConnected } from "./connections.ts";
export { createEmptyTestDatabase, createTestDatabase, type TestDatabase } from "./test-database.ts";
export { startTestServer, TEST_SERVER_URL_VARIABLE, type TestServer } from "./test-server.ts";
