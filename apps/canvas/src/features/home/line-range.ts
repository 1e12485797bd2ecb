import { isSame } from "#shared/selection/selection-store.ts";

/** Rows move when others create workspaces, so the focus is stored by id and not by position. */

/**
 * The index of the row with the keyboard focus.
 *
 * @param lastLine its last index, for when that workspace has left the list.
 */
export function lineOf(ids: readonly string[], id: string | null, lastLine: number): number {
  const at = id === null ? -1 : ids.indexOf(id);
  return at === -1 ? Math.max(0, Math.min(lastLine, ids.length - 1)) : at;
}

export interface Range {
  /** The start of the range: the last row that was focused or selected alone. */
  anchorId: string | null;
  /** The other end of the range. */
  endId: string | null;
  /** The selection before the range. */
  base: ReadonlySet<string>;
  /** The selection after extending the range; null until then. */
  made: ReadonlySet<string> | null;
}

export const rangeFrom = (anchorId: string | null): Range => ({
  anchorId,
  endId: anchorId,
  base: new Set(),
  made: null,
});

/**
 * Moves the end of the range: it grows, shrinks or flips around the anchor. The selection from before stays, and so does
 * one that changed otherwise in between.
 *
 * @param from the row to use when the anchor is no longer listed.
 */
export function extendRange(
  range: Range,
  ids: readonly string[],
  selected: ReadonlySet<string>,
  from: number,
  to: number,
): Range & { made: ReadonlySet<string> } {
  const base = range.made && isSame(range.made, selected) ? range.base : selected;
  const anchor = lineOf(ids, range.anchorId, from);
  const between = ids.slice(Math.min(anchor, to), Math.max(anchor, to) + 1);
  return { anchorId: ids[anchor] ?? null, endId: ids[to] ?? null, base, made: new Set([...base, ...between]) };
}
