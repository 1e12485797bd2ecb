import pg from "pg";

/** For those who hand a pool on without speaking SQL themselves. */
export type { Pool } from "pg";

export interface PoolOptions {
  /** Connections at most. */
  max?: number;
  /** Seen in `pg_stat_activity`. */
  applicationName?: string;
  /** Called when an idle connection breaks (the pool replaces it). Without one, a line goes to stderr. */
  onError?: (error: Error) => void;
}

/**
 * The one way to Postgres. Every wait has an end: a request that cannot have a connection, a statement that hangs and
 * a transaction left open all fail with an error, instead of holding the pool for ever.
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
  // Without a listener the loss of an idle connection would end the process.
  pool.on("error", options.onError ?? reportLostConnection);
  outliveLostConnections(pool);
  return pool;
}

/**
 * What holds when a connection breaks while somebody works on it. The statement under way fails, and that is enough: the
 * process must not end because nobody listens for the connection's own error, and the connection must not keep its place
 * because nobody gives it back, as drizzle does not when its `begin` fails.
 */
function outliveLostConnections(pool: pg.Pool): void {
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
