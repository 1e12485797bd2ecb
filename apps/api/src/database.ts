import { join } from "node:path";
import {
  createPool,
  isDatabaseUnavailable,
  isMigrated,
  migrateDatabase,
  openDatabase,
  startEmbeddedPostgres,
} from "@berth/db";
import type { Log } from "@berth/services";
import { type Env, EnvError } from "./env.ts";

const POOL_MAX = 20;

/** Opens the configured database, or an embedded one in the data directory, and migrates it to the current schema. */
export async function openState(env: Env, log: Log, onLost: () => void) {
  const embedded = env.databaseUrl
    ? null
    : await startEmbeddedPostgres({ directory: join(env.dataDirectory, "postgres"), onUnexpectedExit: onLost });
  let closing = false;
  // While closing, we end the connections ourselves.
  const onError = (error: Error) => {
    if (!closing) log("warn", { msg: "a database connection was lost", error: error.message });
  };
  const pool = createPool(env.databaseUrl ?? embedded?.url ?? "", { max: POOL_MAX, onError });
  try {
    await migrateDatabase(pool);
  } catch (error) {
    await pool.end();
    await embedded?.stop();
    if (env.databaseUrl && isDatabaseUnavailable(error))
      throw new EnvError(`DATABASE_URL cannot be used: ${reasonOf(error)}`);
    throw error;
  }
  return {
    pool,
    db: openDatabase(pool),
    probe: {
      reachable: () =>
        pool.query("select 1").then(
          () => true,
          () => false,
        ),
      migrated: () => isMigrated(pool).catch(() => false),
    },
    async close() {
      closing = true;
      await pool.end();
      await embedded?.stop();
    },
  };
}

/** Postgres puts the reason into the message, network errors into the code. Neither contains the password. */
function reasonOf(error: unknown): string {
  const { message = "", code = "" } = error as { message?: string; code?: string };
  return message || code;
}
