import { type SQL, sql } from "drizzle-orm";
import type { operations, workspaces } from "../schema/index.ts";

type Listed = typeof workspaces | typeof operations;

/** Spelled as the `…_newest` indexes are: Postgres walks an index only for the very same order of nulls. */
export const newestFirst = ({ createdAt, id }: Listed): SQL[] => [
  sql`${createdAt} desc nulls last`,
  sql`${id} desc nulls last`,
];

/** What comes after the last row of a page. One comparison of rows, so that the index is entered at that row. */
export const olderThan = (
  { createdAt, id }: Listed,
  end: { createdAt: Date; id: string } | undefined,
): SQL | undefined =>
  end && sql`(${createdAt}, ${id}) < (${sql.param(end.createdAt, createdAt)}, ${sql.param(end.id, id)})`;
