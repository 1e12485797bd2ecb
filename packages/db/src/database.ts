import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Pool } from "pg";
import * as schema from "./schema/index.ts";

/** A connection pool or a transaction on it; repositories take either. Only `inTransaction` begins a transaction. */
export type Database = Omit<NodePgDatabase<typeof schema>, "transaction">;

export const openDatabase = (pool: Pool): Database => drizzle(pool, { schema, casing: "snake_case" });

/** The Postgres error behind a driver error. Drizzle wraps it in `cause`. */
export function postgresError(error: unknown): { code: string; constraint: string | undefined } | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code, constraint } = current as { code?: unknown; constraint?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) {
      return { code, constraint: typeof constraint === "string" ? constraint : undefined };
    }
  }
  return null;
}

/** True when the statement violated this unique index. */
export const violatesUnique = (error: unknown, constraint: string): boolean => {
  const found = postgresError(error);
  return found?.code === "23505" && found.constraint === constraint;
};

/** True when the database server has no disk space left for the statement. */
export const isDatabaseDiskFull = (error: unknown): boolean => postgresError(error)?.code === "53100";

/**
 * Connection failures: refused, reset, timed out, canceled, shutting down, too many connections, login or database
 * name rejected.
 */
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EPIPE|08...|25P0[34]|57014|57P0.|53300|28...|3D000)$/;
/** Connection failures that `pg` reports without a code. */
const UNAVAILABLE_MESSAGES =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|Cannot use a pool after calling end)/;

/** True when the database was unreachable. The same request may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as { code?: unknown };
    if (typeof code === "string" ? UNAVAILABLE_CODES.test(code) : UNAVAILABLE_MESSAGES.test(current.message))
      return true;
  }
  return false;
}
