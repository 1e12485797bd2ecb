import pg from "pg";

/** For packages that pass a pool on without a dependency on pg. */
export type { Pool } from "pg";

export interface PoolOptions {
  /** Maximum number of connections. */
  max?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Called when an idle connection breaks; the pool replaces it. The default writes a line to stderr. */
  onError?: (error: Error) => void;
}

/**
 * The only way to open a pool. Every wait has a timeout: waiting for a connection, a hanging statement and a
 * transaction that is left open all fail with an error and free their connection.
 */
export function createPool(url: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? "berth",
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
  });
  // Without a listener, the loss of an idle connection would end the process.
  pool.on("error", options.onError ?? reportLostConnection);
  surviveLostConnections(pool);
  return pool;
}

/**
 * Survives a connection that breaks while it is in use. The caller only sees that the running statement fails.
 * The `error` listener keeps the process alive. The `end` listener releases a connection that was never
 * released, which happens in drizzle when `begin` fails.
 */
function surviveLostConnections(pool: pg.Pool): void {
  const held = new Set<pg.PoolClient>();
  pool.on("acquire", (client) => held.add(client));
  pool.on("release", (_, client) => held.delete(client));
  pool.on("connect", (client) => {
    client.on("error", () => {});
    client.once("end", () => {
      if (!held.has(client)) return;
      client.release(true);
      client.release = () => {};
    });
  });
}

function reportLostConnection(error: Error): void {
  process.stderr.write(`${JSON.stringify({ evt: "db.connection_lost", message: error.message })}\n`);
}
