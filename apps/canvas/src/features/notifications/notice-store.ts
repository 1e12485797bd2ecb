"use client";

import type { BerthEvent } from "@berth/domain";
import { createStore, useStored } from "#shared/store/store.ts";
import { NO_NOTICES } from "./notice.ts";

/** Kept for the session: a reload starts empty, and Activity has the history. */
const state = createStore(NO_NOTICES);
/** The newest notice that was read. */
const seen = createStore(0);

const unread: BerthEvent[] = [];

/** The code that reads events loads with the first of them; if that fails, pending events are read with the next one. */
export async function keepNotice(event: BerthEvent): Promise<void> {
  unread.push(event);
  const { noticesAfter } = await import("./notices.ts");
  state.set(unread.splice(0).reduce(noticesAfter, state.get()));
}

export const markSeen = (): void => seen.set(state.get().notices[0]?.id ?? seen.get());
export const forgetNotices = (): void => state.set({ ...state.get(), notices: [] });

export const useNotices = () => useStored(state).notices;

export function useUnseenCount(): number {
  const last = useStored(seen);
  return useNotices().filter((notice) => notice.id > last).length;
}
