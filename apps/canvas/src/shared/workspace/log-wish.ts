"use client";

import { createStore } from "../store/store.ts";
import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** The boot log somebody asked to see; the details take it when they are there. `turn` tells two equal wishes apart. */
export const logWish = createStore<{ workspaceId: string; turn: number } | null>(null);

export function showBootLog(workspaceId: string): void {
  logWish.set({ workspaceId, turn: (logWish.get()?.turn ?? 0) + 1 });
  navigate((state) => ({ ...openWorkspace(state, workspaceId), tab: "details" }));
}
