import { DomainError } from "@berth/domain";

export const SORTS = ["name", "size", "modified"] as const;
export type Sort = (typeof SORTS)[number];
export const ORDERS = ["asc", "desc"] as const;
export type Order = (typeof ORDERS)[number];

/**
 * The position where a page ended. It is the last entry, not a count, so entries may be added or removed between pages.
 */
export interface ListCursor {
  sort: Sort;
  order: Order;
  name: string;
  /** The size or time the entry was sorted by; 0 for names. */
  value: number;
}

export function writeCursor({ sort, order, name, value }: ListCursor): string {
  return Buffer.from(JSON.stringify([sort, order, name, value])).toString("base64url");
}

/** @throws DomainError `invalid_input` for a malformed cursor or one of a listing in another order. */
export function readCursor(text: string, expected: { sort: Sort; order: Order }): ListCursor {
  const [sort, order, name, value] = parse(text);
  if (sort !== expected.sort || order !== expected.order || typeof name !== "string" || typeof value !== "number") {
    throw new DomainError("invalid_input", "The cursor does not belong to this listing. Start again without one.");
  }
  return { ...expected, name, value };
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
