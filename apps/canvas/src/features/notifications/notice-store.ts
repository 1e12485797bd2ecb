"use client";

import type { BerthEvent } from "@berth/domain";
import { createStore, useStored } from "#shared/store/store.ts";
import { NO_NOTICES, noticesAfter } from "./notices.ts";

/** Kept for the session: a reload starts anew, Activity has the rest. */
const state = createStore(NO_NOTICES);
/** The newest notice that was looked at. */
const seen = createStore(0);

export const keepNotice = (event: BerthEvent): void => state.set(noticesAfter(state.get(), event));
export const markSeen = (): void => seen.set(state.get().notices[0]?.id ?? seen.get());
export const forgetNotices = (): void => state.set({ ...state.get(), notices: [] });

export const useNotices = () => useStored(state).notices;

export function useUnseenCount(): number {
  const last = useStored(seen);
  return useNotices().filter((notice) => notice.id > last).length;
}
