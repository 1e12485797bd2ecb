"use client";

import { create } from "zustand";
import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** A requested boot log; the details take the request once mounted. */
export const useLogRequestStore = create<{ request: { workspaceId: string } | null }>(() => ({ request: null }));

export function showBootLog(workspaceId: string): void {
  useLogRequestStore.setState({ request: { workspaceId } });
  navigate((state) => ({ ...openWorkspace(state, workspaceId), tab: "details" }));
}
