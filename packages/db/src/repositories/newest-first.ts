import { type SQL, sql } from "drizzle-orm";
import type { commands, operations, workspaces } from "../schema/index.ts";

type Listed = typeof workspaces | typeof operations | typeof commands;

/** Matches the `…_newest` indexes. Postgres uses an index for ordering only when the order of nulls is the same. */
export const newestFirst = ({ createdAt, id }: Listed): SQL[] => [
  sql`${createdAt} desc nulls last`,
  sql`${id} desc nulls last`,
];

/** Rows after the last row of a page. A row comparison, so that the index scan starts at that row. */
export const olderThan = (
  { createdAt, id }: Listed,
  end: { createdAt: Date; id: string } | undefined,
): SQL | undefined =>
  end && sql`(${createdAt}, ${id}) < (${sql.param(end.createdAt, createdAt)}, ${sql.param(end.id, id)})`;
