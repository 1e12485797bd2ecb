import { type AnyColumn, type SQL, sql } from "drizzle-orm";
import { timestamp } from "drizzle-orm/pg-core";

/** `column in ('a', 'b')`, from the same array as the TypeScript type. */
export const oneOf = (column: AnyColumn, values: readonly string[]): SQL =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", "))})`;

/** Millisecond precision, as in the API, so that a stored time equals the time that was returned. */
export const instant = () => timestamp({ withTimezone: true, precision: 3 });
