"use client";

import { create } from "zustand";
import type { FeedState } from "./live-feed.ts";

const useConnectionStore = create<{ state: FeedState }>(() => ({ state: "connecting" }));

export const setConnection = (state: FeedState): void => useConnectionStore.setState({ state });

/** Whether remote changes currently reach this page. */
export const useConnection = (): FeedState => useConnectionStore(({ state }) => state);
