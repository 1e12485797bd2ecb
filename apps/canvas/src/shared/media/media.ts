"use client";

import { useCallback, useSyncExternalStore } from "react";

/** The `max-md:` breakpoint: a phone, or a highly zoomed window. The panel is a sheet there. */
const SMALL = "(width < 48rem)";

export const useIsSmall = (): boolean => useMedia(SMALL);

/** Whether a media query matches, updated on change. */
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

/** The duration of scripted movements: zero with reduced motion. */
export const motionMilliseconds = (wanted: number): number =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : wanted;
