import { DomainError } from "@berth/domain";

/** The last row of a page in a newest-first list. Opaque to callers, and stable while rows are added and deleted. */
export interface PageEnd {
  createdAt: Date;
  id: string;
}

export const encodeCursor = ({ createdAt, id }: PageEnd): string =>
  Buffer.from(`${createdAt.getTime()}.${id}`).toString("base64url");

export function decodeCursor(cursor: string | undefined): PageEnd | undefined {
  if (cursor === undefined) return undefined;
  const [time, id] = Buffer.from(cursor, "base64url").toString().split(".");
  const createdAt = new Date(Number(time));
  if (!id || !/^[0-9a-f-]{36}$/.test(id) || Number.isNaN(createdAt.getTime())) {
    throw new DomainError("invalid_input", "The cursor does not belong to this list. Start again without one.");
  }
  return { createdAt, id };
}

/** Turns rows that were read with `limit + 1` into a page and the cursor for the next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  endOf: (row: Row) => PageEnd,
  present: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(present), nextCursor: rows.length > limit && last ? encodeCursor(endOf(last)) : null };
}
