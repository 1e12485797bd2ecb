"use client";

import { useSyncExternalStore } from "react";
import { formatUrlState, parseUrlState, type UrlState } from "./url-state.ts";

const listeners = new Set<() => void>();
let parsed: { search: string; state: UrlState } | null = null;

/** Returns the same object for the same address, so that renders can compare by identity. */
function currentState(): UrlState {
  const { search } = window.location;
  if (parsed?.search !== search) parsed = { search, state: parseUrlState(search) };
  return parsed.state;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

const START = parseUrlState("");

export const useUrlState = (): UrlState => useSyncExternalStore(subscribe, currentState, () => START);

/** Renders again only when the selected part changes. Select strings, or objects with a stable identity. */
export const useUrlPart = <T>(choose: (state: UrlState) => T): T =>
  useSyncExternalStore(
    subscribe,
    () => choose(currentState()),
    () => choose(START),
  );

export type Navigation = "push" | "replace";

/** Navigates. `push` adds a step to the back button; `replace` changes the current one. */
export function navigate(change: (state: UrlState) => UrlState, how: Navigation = "push"): void {
  const before = currentState();
  const search = formatUrlState(change(before));
  if (search === formatUrlState(before)) return;
  const address = `${window.location.pathname}${search}`;
  if (how === "push") window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
  for (const listener of [...listeners]) listener();
}
