import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { type FileListing, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { type DirectoryNames, DirectoryNamesCache } from "./directory-names.ts";
import { type ListCursor, type Order, readCursor, type Sort, writeCursor } from "./list-cursor.ts";
import { namingPath } from "./problems.ts";
import { readEntries, readFact } from "./read-entries.ts";
import { type Folder, openFolder } from "./resolve.ts";
import type { Root } from "./root.ts";

export interface ListOptions {
  limit: number;
  cursor: string | null;
  sort: Sort;
  order: Order;
}

/** Sorting by size or time reads the metadata of all entries, so later pages reuse one sorted list for a while. */
interface FactOrder {
  key: string;
  names: readonly string[];
  values: Float64Array;
  madeAt: number;
}

const FACT_ORDER_MS = 60_000;
const FACT_ORDERS_KEPT = 4;

/** The metadata that entries can be sorted by. */
const FACTS = {
  size: (stats: Stats) => stats.size,
  modified: (stats: Stats) => stats.mtimeMs,
} as const;

interface Page {
  names: readonly string[];
  next: ListCursor | null;
}

/** Lists folders. Caches the most recent ones, so that pages of a large folder are cheap. */
export class Lister {
  readonly #names = new DirectoryNamesCache();
  #factOrders: FactOrder[] = [];

  /** Returns one page. Reads all names but only the metadata of this page, or of all entries when sorting by metadata. */
  async list(root: Root, path: WorkspacePath, options: ListOptions): Promise<FileListing> {
    const cursor = options.cursor === null ? null : readCursor(options.cursor, options);
    using folder = await openFolder(root, path);
    return await namingPath(formatWorkspacePath(path), async () => {
      const all = await this.#names.read(folder.directory, { hideReserved: folder.segments.length === 0 });
      const page =
        options.sort === "name"
          ? pageByName(all.names, options, cursor)
          : pageByFact(await this.#factOrder(folder, all, options.sort, cursor), options, cursor);
      const entries = await readEntries(folder.directory, page.names, all.unaddressable);
      return { entries, nextCursor: page.next && writeCursor(page.next), total: all.names.length };
    });
  }

  async #factOrder(
    folder: Folder,
    all: DirectoryNames,
    sort: "size" | "modified",
    cursor: ListCursor | null,
  ): Promise<FactOrder> {
    const { dev, ino } = await lstat(folder.directory.self);
    const key = `${dev}:${ino}:${sort}`;
    const now = performance.now();
    this.#factOrders = this.#factOrders.filter((order) => now - order.madeAt < FACT_ORDER_MS);
    const kept = this.#factOrders.find((order) => order.key === key);
    // The first page always shows the current state.
    if (kept && cursor) return kept;
    const made = {
      ...sortByFact(all.names, await readFact(folder.directory, all.names, FACTS[sort])),
      key,
      madeAt: now,
    };
    this.#factOrders = [made, ...this.#factOrders.filter((order) => order.key !== key)].slice(0, FACT_ORDERS_KEPT);
    return made;
  }
}

function pageByName(sorted: readonly string[], { limit, sort, order }: ListOptions, cursor: ListCursor | null): Page {
  const compare = (index: number) => compareText(sorted[index] ?? "", cursor?.name ?? "");
  if (order === "asc") {
    const from = cursor === null ? 0 : firstIndex(sorted.length, (index) => compare(index) > 0);
    const names = sorted.slice(from, from + limit);
    return { names, next: nextAfter(names, from + limit < sorted.length, { sort, order, value: 0 }) };
  }
  const end = cursor === null ? sorted.length : firstIndex(sorted.length, (index) => compare(index) >= 0);
  const names = sorted.slice(Math.max(0, end - limit), end).reverse();
  return { names, next: nextAfter(names, end - limit > 0, { sort, order, value: 0 }) };
}

function pageByFact(
  { names, values }: FactOrder,
  { limit, sort, order }: ListOptions,
  cursor: ListCursor | null,
): Page {
  const ascending = order === "asc";
  const size = names.length;
  // Positions are in the requested order; the cached list ascends.
  const at = (position: number) => (ascending ? position : size - 1 - position);
  const isBehind = (position: number) => {
    const index = at(position);
    const byValue = (values[index] ?? 0) - (cursor?.value ?? 0);
    const difference = byValue === 0 ? compareText(names[index] ?? "", cursor?.name ?? "") : byValue;
    return ascending ? difference > 0 : difference < 0;
  };
  const from = cursor === null ? 0 : firstIndex(size, isBehind);
  const to = Math.min(from + limit, size);
  const page: string[] = [];
  for (let position = from; position < to; position += 1) page.push(names[at(position)] ?? "");
  return { names: page, next: nextAfter(page, to < size, { sort, order, value: values[at(to - 1)] ?? 0 }) };
}

function nextAfter(page: readonly string[], more: boolean, position: Omit<ListCursor, "name">): ListCursor | null {
  const name = page.at(-1);
  return more && name !== undefined ? { ...position, name } : null;
}

function sortByFact(names: readonly string[], facts: Float64Array): Pick<FactOrder, "names" | "values"> {
  const indexes = Uint32Array.from(names.keys());
  // `names` is sorted already, so its index breaks ties by name.
  indexes.sort((a, b) => (facts[a] ?? 0) - (facts[b] ?? 0) || a - b);
  const values = new Float64Array(names.length);
  const sorted = Array.from(indexes, (index, position) => {
    values[position] = facts[index] ?? 0;
    return names[index] ?? "";
  });
  return { names: sorted, values };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The first index for which `holds` is true. The test must be monotonic: false, then true. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
