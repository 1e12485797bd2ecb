const NEEDLE_CHARS = 2_000;

/**
 * What a later end of a log adds to an earlier one. Both are cut at the start. A gap means that they do not overlap, so
 * something between them was missed.
 */
export function continuation(before: string, now: string): { fresh: string; hasGap: boolean } {
  if (now.startsWith(before)) return { fresh: now.slice(before.length), hasGap: false };
  const needle = before.slice(-NEEDLE_CHARS);
  const at = now.lastIndexOf(needle);
  if (at >= 0) return { fresh: now.slice(at + needle.length), hasGap: false };
  return { fresh: now, hasGap: true };
}
