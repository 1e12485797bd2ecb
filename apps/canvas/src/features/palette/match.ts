/**
 * How well a text matches the input: 0 is no match, more is better. Every word must match. A match at the start of the
 * text scores highest, then at the start of a word, inside a word, and as scattered letters in order.
 */
export function matchScore(typed: string, text: string): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const lower = text.toLowerCase();
  let score = 0;
  for (const word of words) {
    const one = wordScore(word, lower);
    if (one === 0) return 0;
    score += one;
  }
  // Of two equal matches, the shorter one is more likely.
  return score + 1 / (1 + lower.length);
}

function wordScore(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 8;
  if (at > 0) return /[\s\-_./]/.test(text[at - 1] ?? "") || text.includes(` ${word}`) ? 6 : 3;
  return word.length >= 2 && hasLettersInOrder(word, text) ? 1 : 0;
}

function hasLettersInOrder(word: string, text: string): boolean {
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at === -1) return false;
    from = at + 1;
  }
  return true;
}

/** The matching entries, best first; equal ones keep their order. */
export function bestMatches<T extends { label: string; hint?: string }>(typed: string, entries: readonly T[]): T[] {
  if (typed.trim() === "") return [...entries];
  return entries
    .map((entry) => ({
      entry,
      score: Math.max(matchScore(typed, entry.label), matchScore(typed, `${entry.label} ${entry.hint ?? ""}`) * 0.8),
    }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ entry }) => entry);
}
