import type { Place } from "./file-url.ts";
import { isWithin } from "./paths.ts";

/** Long enough for the page to render without the path, and for the watch events about it to arrive. */
const GONE_MILLISECONDS = 1_000;

const leaving = new Set<{ place: Place; path: string }>();

/**
 * Removes or moves a path. The outcome is known here, so the path need not be queried, which would only return not found.
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
