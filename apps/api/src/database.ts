import { join } from "node:path";
import { createPool, isMigrated, migrateDatabase, openDatabase, startEmbeddedPostgres } from "@berth/db";
import type { Log } from "@berth/services";
import type { Env } from "./env.ts";

const POOL_MAX = 20;

/** The database the operator named, or one that starts by itself in the data directory; brought to this code's schema. */
export async function openState(env: Env, log: Log, onLost: () => void) {
  const embedded = env.databaseUrl
    ? null
    : await startEmbeddedPostgres({ directory: join(env.dataDirectory, "postgres"), onUnexpectedExit: onLost });
  const onError = (error: Error) => log("warn", { msg: "a database connection was lost", error: error.message });
  const pool = createPool(env.databaseUrl ?? embedded?.url ?? "", { max: POOL_MAX, onError });
  try {
    await migrateDatabase(pool);
  } catch (error) {
    await pool.end();
    await embedded?.stop();
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
      await pool.end();
      await embedded?.stop();
    },
  };
}
