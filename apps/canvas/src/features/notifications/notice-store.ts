"use client";

import type { BerthEvent } from "@berth/domain";
import { create } from "zustand";
import type { NoticeState } from "./notices.ts";

export const NO_NOTICES: NoticeState = { notices: [], askedAt: new Map() };

interface NoticeStore extends NoticeState {
  /** The id of the newest notice that was read. */
  lastReadId: number;
}

/** Kept for the session: a reload starts empty, and Activity has the history. */
export const useNoticeStore = create<NoticeStore>(() => ({ ...NO_NOTICES, lastReadId: 0 }));

const pending: BerthEvent[] = [];

/** The code that reads events loads with the first of them; if that fails, pending events are read with the next one. */
export async function keepNotice(event: BerthEvent): Promise<void> {
  pending.push(event);
  const { noticesAfter } = await import("./notices.ts");
  const events = pending.splice(0);
  useNoticeStore.setState((state) => events.reduce<NoticeState>(noticesAfter, state));
}

export const markRead = (): void =>
  useNoticeStore.setState(({ notices, lastReadId }) => ({ lastReadId: notices[0]?.id ?? lastReadId }));

export const clearNotices = (): void => useNoticeStore.setState({ notices: [] });

export const useNotices = () => useNoticeStore(({ notices }) => notices);

export const useUnreadCount = (): number =>
  useNoticeStore(({ notices, lastReadId }) => notices.filter(({ id }) => id > lastReadId).length);
