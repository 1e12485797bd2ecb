import { isSame } from "#shared/selection/selection.ts";

/** Lines move while one looks: a workspace that others make sorts in between. So what is remembered is who, not where. */

/**
 * The line the keyboard is on.
 *
 * @param lastLine where it was, for when that workspace has left the list.
 */
export function lineOf(ids: readonly string[], id: string | null, lastLine: number): number {
  const at = id === null ? -1 : ids.indexOf(id);
  return at === -1 ? Math.max(0, Math.min(lastLine, ids.length - 1)) : at;
}

export interface Range {
  /** Where it begins: the line that was last gone to or marked by itself. */
  anchorId: string | null;
  /** Its other end. */
  endId: string | null;
  /** What was selected before it. */
  base: ReadonlySet<string>;
  /** What it made the selection; null while nothing was extended. */
  made: ReadonlySet<string> | null;
}

export const rangeFrom = (anchorId: string | null): Range => ({
  anchorId,
  endId: anchorId,
  base: new Set(),
  made: null,
});

/**
 * The range with its other end elsewhere: larger, smaller, or turned about the anchor. What was selected before it stays;
 * a selection that was changed by something else meanwhile counts as such.
 *
 * @param from the line that stands for the anchor when that is not listed any more.
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
