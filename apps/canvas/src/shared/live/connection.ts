"use client";

import { useSyncExternalStore } from "react";
import type { FeedState } from "./live-feed.ts";

let state: FeedState = "connecting";
const listeners = new Set<() => void>();

export function setConnection(next: FeedState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whether remote changes currently reach this page. */
export const useConnection = (): FeedState =>
  useSyncExternalStore(
    subscribe,
    () => state,
    () => "connecting",
  );
