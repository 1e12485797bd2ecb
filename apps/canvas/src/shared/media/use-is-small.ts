"use client";

import { useSyncExternalStore } from "react";

/** What `max-md:` means in class names: a phone, or a window that is zoomed in a lot. The panel is a sheet there. */
const SMALL = "(width < 48rem)";

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(SMALL);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

export const useIsSmall = (): boolean =>
  useSyncExternalStore(
    subscribe,
    () => window.matchMedia(SMALL).matches,
    () => false,
  );
