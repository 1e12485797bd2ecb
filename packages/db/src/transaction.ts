import { setTimeout as pause } from "node:timers/promises";
import type { NewEvent } from "@berth/domain";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { PgTransactionConfig } from "drizzle-orm/pg-core";
import { type Database, postgresError } from "./database.ts";
import { appendEvents } from "./repositories/events.ts";
import type * as schema from "./schema/index.ts";

export interface Transaction extends Database {
  /**
   * Stores the events with the last statements before the commit, because their lock must be taken last and
   * held briefly.
   */
  emit(...events: readonly NewEvent[]): void;
}

/** `serialization_failure` and `deadlock_detected`: Postgres has rolled back the transaction and expects a retry. */
const CONFLICTS: ReadonlySet<string> = new Set(["40001", "40P01"]);
const ATTEMPTS_MAX = 5;
const RETRY_WITHIN_MS = 50;

/**
 * Runs `work` in a transaction and retries it (five attempts in all) after a conflict with another transaction.
 * Therefore `work` must change nothing outside the transaction. The backoff is random and grows, so that the same two
 * transactions do not conflict again.
 *
 * @throws what `work` throws, after the rollback.
 */
export async function inTransaction<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  config?: PgTransactionConfig,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(db, work, config);
    } catch (error) {
      const isConflict = CONFLICTS.has(postgresError(error)?.code ?? "");
      if (!isConflict || attempt === ATTEMPTS_MAX) throw error;
      await pause(Math.random() * RETRY_WITHIN_MS * attempt);
    }
  }
}

const runOnce = <T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  config: PgTransactionConfig | undefined,
): Promise<T> =>
  (db as NodePgDatabase<typeof schema>).transaction(async (begun) => {
    const events: NewEvent[] = [];
    const emit = (...added: readonly NewEvent[]) => void events.push(...added);
    const tx: Transaction = Object.assign<Database, Pick<Transaction, "emit">>(begun, { emit });
    const result = await work(tx);
    await appendEvents(tx, events);
    return result;
  }, config);
