import { setTimeout as pause } from "node:timers/promises";
import type { NewEvent } from "@berth/domain";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { PgTransactionConfig } from "drizzle-orm/pg-core";
import { type Database, postgresError } from "./database.ts";
import { appendEvents } from "./repositories/events.ts";
import type * as schema from "./schema/index.ts";

export interface Transaction extends Database {
  /** Stores events as the last statement before the commit, because their lock must be taken last and held briefly. */
  emit(...events: readonly NewEvent[]): void;
}

/** `serialization_failure` and `deadlock_detected`: Postgres has undone the whole transaction and asks to try it again. */
const CONFLICTS: ReadonlySet<string> = new Set(["40001", "40P01"]);
const ATTEMPTS_MAX = 5;
const RETRY_WITHIN_MS = 50;

/**
 * Runs `work` in a transaction, and runs it again (five times in all) when a conflict with another one has undone it. So
 * `work` must change nothing outside the transaction. The pause between is random and grows, or the same two would meet again.
 *
 * @throws whatever `work` throws, after everything it did was undone.
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
