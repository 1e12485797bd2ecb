"use client";

import { useCallback, useSyncExternalStore } from "react";

/** What `max-md:` means in class names: a phone, or a window that is zoomed in a lot. The panel is a sheet there. */
const SMALL = "(width < 48rem)";

export const useIsSmall = (): boolean => useMedia(SMALL);

/** Whether the window is as a media query asks, and again when that changes. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => false,
  );
}
