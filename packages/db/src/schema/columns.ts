import { type AnyColumn, type SQL, sql } from "drizzle-orm";
import { timestamp } from "drizzle-orm/pg-core";

/** `column in ('a', 'b')`, written from the same array the TypeScript type comes from. */
export const oneOf = (column: AnyColumn, values: readonly string[]): SQL =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", "))})`;

/** Milliseconds, as the contract's times have: what is read back equals what was answered. */
export const instant = () => timestamp({ withTimezone: true, precision: 3 });
