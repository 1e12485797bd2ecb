"use client";

import { useSyncExternalStore } from "react";

/** How many milliseconds the server's clock is ahead of this one. Elapsed times and countdowns use the server's clock. */
let offset = 0;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function setServerTime(serverTime: string): void {
  const parsedTime = Date.parse(serverTime);
  if (!Number.isNaN(parsedTime)) offset = parsedTime - Date.now();
}

export const serverNow = (): number => Date.now() + offset;

function tick(): void {
  now = serverNow();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    now = serverNow();
    timer = setInterval(tick, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time in one-second steps, from one timer for all components. */
export const useServerNow = (): number =>
  useSyncExternalStore(
    subscribe,
    () => (timer ? now : roundedNow()),
    () => 0,
  );

/** Before the timer runs, the value must not change between two reads of one render. */
const roundedNow = (): number => Math.floor(serverNow() / 1_000) * 1_000;
