import type { Place } from "./file-url.ts";
import { isWithin } from "./paths.ts";

/** Long enough for the page to be drawn without the path, and for what the workspace tells of it to have come. */
const GONE_MILLISECONDS = 1_000;

const leaving = new Set<{ place: Place; path: string }>();

/**
 * Runs what takes a path away. What becomes of the path is known here then: nobody need ask the workspace for it, which
 * would only answer that nothing is there.
 */
export async function leave(place: Place, path: string, takeAway: () => Promise<unknown>): Promise<void> {
  const mark = { place, path };
  leaving.add(mark);
  try {
    await takeAway();
    setTimeout(() => leaving.delete(mark), GONE_MILLISECONDS);
  } catch (error) {
    leaving.delete(mark);
    throw error;
  }
}

export const isLeaving = (place: Place, path: string): boolean =>
  [...leaving].some(
    (one) => one.place.workspaceId === place.workspaceId && one.place.root === place.root && isWithin(path, one.path),
  );
