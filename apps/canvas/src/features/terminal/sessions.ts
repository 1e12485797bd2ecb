import type { TerminalFacts } from "@berth/domain";

/** A terminal that has a place on the page; its shell may have ended meanwhile. */
export interface Session {
  id: string;
  /** What people call it. Free numbers are used again, so that the first is always 1. */
  number: number;
  /** Started by this page, and not looked at before. */
  isFresh: boolean;
}

/**
 * Adds the terminals that run and have no place yet, the oldest first. Nothing is taken away: what ended keeps its last
 * words until it is closed, and a machine that is just coming back lists nothing for a moment.
 */
export function withListed(sessions: readonly Session[], listed: readonly TerminalFacts[]): readonly Session[] {
  const isNew = ({ id }: TerminalFacts) => !sessions.some((session) => session.id === id);
  const added = listed.filter(isNew).toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  return added.reduce<readonly Session[]>((all, { id }) => withStarted(all, id, null, false), sessions);
}

/** Gives a new shell a place: that of the ended one it replaces, or one at the end. */
export function withStarted(
  sessions: readonly Session[],
  id: string,
  replacedId: string | null,
  isFresh = true,
): readonly Session[] {
  const replaced = sessions.find((session) => session.id === replacedId);
  const others = sessions.filter((session) => session.id !== id);
  if (replaced) return others.map((session) => (session === replaced ? { ...replaced, id, isFresh } : session));
  return [...others, { id, number: freeNumber(others), isFresh }];
}

function freeNumber(sessions: readonly Session[]): number {
  const taken = new Set(sessions.map(({ number }) => number));
  let number = 1;
  while (taken.has(number)) number++;
  return number;
}

/** Which one follows when one is closed: its right neighbour, else its left one. */
export function afterClosing(sessions: readonly Session[], closedId: string): string | null {
  const at = sessions.findIndex(({ id }) => id === closedId);
  return (sessions[at + 1] ?? sessions[at - 1])?.id ?? null;
}
