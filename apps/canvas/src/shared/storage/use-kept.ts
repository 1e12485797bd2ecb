"use client";

import { useCallback, useState } from "react";

const PREFIX = "berth:view:";

/**
 * View state kept over reloads for the lifetime of a browser tab; each tab has its own.
 *
 * @param key the view and its workspace.
 * @param values the allowed values; any other stored value is ignored.
 */
export function useKept<T extends string | null>(
  key: string,
  values: readonly T[],
  initial: T,
): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => values.find((one) => one !== null && one === stored(key)) ?? initial);
  const change = useCallback(
    (next: T) => {
      setValue(next);
      store(key, next === initial ? null : next);
    },
    [key, initial],
  );
  return [value, change];
}

/** A browser may forbid storage: then nothing is kept, and nothing breaks. */
function stored(key: string): string | null {
  try {
    return window.sessionStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) window.sessionStorage.removeItem(PREFIX + key);
    else window.sessionStorage.setItem(PREFIX + key, value);
  } catch {
    // Storage may be forbidden, as above.
  }
}
