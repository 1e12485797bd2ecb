"use client";

import { createStore } from "../store/store.ts";
import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** A requested boot log; the details take the request once mounted. `turn` distinguishes two equal requests. */
export const logWish = createStore<{ workspaceId: string; turn: number } | null>(null);

export function showBootLog(workspaceId: string): void {
  logWish.set({ workspaceId, turn: (logWish.get()?.turn ?? 0) + 1 });
  navigate((state) => ({ ...openWorkspace(state, workspaceId), tab: "details" }));
}
