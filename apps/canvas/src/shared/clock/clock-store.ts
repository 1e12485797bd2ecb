"use client";

import { useEffect } from "react";
import { create } from "zustand";

interface Clock {
  /** How far the server's clock is ahead of this one. Elapsed times and countdowns use the server's clock. */
  offsetMilliseconds: number;
  /** The server's time at the last tick. */
  now: number;
}

const useClockStore = create<Clock>(() => ({ offsetMilliseconds: 0, now: Date.now() }));

export const serverNow = (): number => Date.now() + useClockStore.getState().offsetMilliseconds;

export function setServerTime(serverTime: string): void {
  const time = Date.parse(serverTime);
  if (!Number.isNaN(time)) useClockStore.setState({ offsetMilliseconds: time - Date.now(), now: time });
}

/** The server's time in one-second steps. */
export const useServerNow = (): number => useClockStore(({ now }) => now);

/** One timer for all components that show a time. Mount once. */
export function useTicks(): void {
  useEffect(() => {
    const tick = () => useClockStore.setState({ now: serverNow() });
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);
}
