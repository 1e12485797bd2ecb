"use client";

import { useEffect } from "react";
import { createStore, type StoreApi, useStore } from "zustand";

/** Commands for a component that may not be mounted: each one waits until a component takes it. */
export interface PendingCommand<T> {
  send: (command: T) => void;
  /** @returns the waiting commands that `accepts` matches, oldest first, and removes them. */
  take: (accepts?: (command: T) => boolean) => readonly T[];
  store: StoreApi<{ waiting: readonly T[] }>;
}

interface PendingCommandOptions<T> {
  /** Whether a command replaces an older one that still waits. By default only the newest one waits. */
  replaces?: (newer: T, older: T) => boolean;
}

export function createPendingCommand<T>({ replaces = () => true }: PendingCommandOptions<T> = {}): PendingCommand<T> {
  const store = createStore<{ waiting: readonly T[] }>(() => ({ waiting: [] }));
  return {
    store,
    send: (command) =>
      store.setState(({ waiting }) => ({
        waiting: [...waiting.filter((older) => !replaces(command, older)), command],
      })),
    take: (accepts = () => true) => {
      const { waiting } = store.getState();
      const taken = waiting.filter(accepts);
      if (taken.length > 0) store.setState({ waiting: waiting.filter((command) => !taken.includes(command)) });
      return taken;
    },
  };
}

/** Runs each command that this component accepts, after the render that follows it. */
export function usePendingCommand<T>(
  command: PendingCommand<T>,
  run: (command: T) => void,
  accepts?: (command: T) => boolean,
): void {
  const waiting = useStore(command.store, (state) => state.waiting);
  useEffect(() => {
    if (waiting.length > 0) for (const taken of command.take(accepts)) run(taken);
  });
}

export const useHasWaiting = <T>({ store }: PendingCommand<T>): boolean =>
  useStore(store, ({ waiting }) => waiting.length > 0);
