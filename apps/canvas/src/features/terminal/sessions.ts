import { LIMITS, type TerminalFacts } from "@berth/domain";

/** A terminal listed on the page; its shell may have ended. */
export interface Session {
  id: string;
  /** The number shown to people. Free numbers are reused, so the first is always 1. */
  number: number;
  /** Started by this page, and not shown before. */
  isFresh: boolean;
}

const OUTPUT_KEPT_MILLISECONDS = LIMITS.terminalOutputKeptMinutes * 60_000;

/** Whether a terminal belongs on the page: it runs, or its shell exited and its output can still be read. */
export const isShown = ({ endedAt, endReason }: TerminalFacts, now: number): boolean =>
  endedAt === null || (endReason === "exited" && now - Date.parse(endedAt) < OUTPUT_KEPT_MILLISECONDS);

/**
 * Adds terminals that are not on the page yet, oldest first. Removes none: an ended one keeps its last output until it
 * is closed, and a restarting machine briefly lists nothing.
 */
export function withListed(sessions: readonly Session[], listed: readonly TerminalFacts[]): readonly Session[] {
  const isNew = ({ id }: TerminalFacts) => !sessions.some((session) => session.id === id);
  const added = listed.filter(isNew).toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  return added.reduce<readonly Session[]>((all, { id }) => withStarted(all, id, null, false), sessions);
}

/** Lists a new terminal, in place of the ended one it replaces or at the end. */
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

/** The terminal to select when one closes: its right neighbour, else its left one. */
export function afterClosing(sessions: readonly Session[], closedId: string): string | null {
  const at = sessions.findIndex(({ id }) => id === closedId);
  return (sessions[at + 1] ?? sessions[at - 1])?.id ?? null;
}
