/** Shorter overlaps may be a coincidence: logs repeat the same line often. */
const OVERLAP_CHARS_MIN = 200;
const KEPT_CHARS_MAX = 2_000_000;

/**
 * Appends the end of a log to the known part. Logs are read from their end, so two reads overlap. Returns null when they
 * do not, because more was written between them than was read.
 */
export function withTail(known: string, tail: string): string | null {
  if (known.endsWith(tail)) return known;
  if (tail.startsWith(known)) return tail;
  const probe = tail.slice(0, OVERLAP_CHARS_MIN);
  if (probe.length < OVERLAP_CHARS_MIN) return null;
  for (let at = known.indexOf(probe); at !== -1; at = known.indexOf(probe, at + 1)) {
    if (tail.startsWith(known.slice(at))) return (known.slice(0, at) + tail).slice(-KEPT_CHARS_MAX);
  }
  return null;
}

/** The positions of a text in another, ignoring case; at most `max`. */
export function placesOf(text: string, wanted: string, max: number): number[] {
  const places: number[] = [];
  if (wanted === "") return places;
  const within = text.toLowerCase();
  const needle = wanted.toLowerCase();
  for (
    let at = within.indexOf(needle);
    at !== -1 && places.length < max;
    at = within.indexOf(needle, at + needle.length)
  )
    places.push(at);
  return places;
}
