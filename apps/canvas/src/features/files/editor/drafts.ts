"use client";

import { useSyncExternalStore } from "react";
import { forgetLocal, readLocal, writeLocal } from "#shared/storage/local.ts";

/** Unsaved text of a file, and the version it is based on. */
export interface Draft {
  text: string;
  etag: string;
}

const PREFIX = "berth:draft:";
const drafts = new Map<string, Draft | null>();
/** Drafts that did not fit into browser storage: they last as long as the page. */
const unstored = new Set<string>();
const listeners = new Set<() => void>();
const waiting = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
const STORE_MILLISECONDS = 400;

/** Drafts are per person, workspace and path. */
export const draftKey = (actorId: string, workspaceId: string, root: string, path: string): string =>
  `${actorId}:${workspaceId}:${root}:${path}`;

export function getDraft(key: string): Draft | null {
  const known = drafts.get(key);
  if (known !== undefined) return known;
  const stored = readLocal(PREFIX + key, asDraft) ?? null;
  drafts.set(key, stored);
  return stored;
}

export function setDraft(key: string, draft: Draft | null): void {
  drafts.set(key, draft);
  waiting.add(key);
  timer ??= setTimeout(storeWaiting, STORE_MILLISECONDS);
  for (const listener of listeners) listener();
}

/** Storage is slow for large texts, so drafts are written when typing pauses and when the page closes. */
function storeWaiting(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const key of waiting) {
    const draft = drafts.get(key) ?? null;
    unstored.delete(key);
    if (draft === null) forgetLocal(PREFIX + key);
    else if (!writeLocal(PREFIX + key, draft)) unstored.add(key);
  }
  waiting.clear();
}

const asDraft = (value: unknown): Draft | undefined => {
  const { text, etag } = (value ?? {}) as Partial<Draft>;
  return typeof text === "string" && typeof etag === "string" ? { text, etag } : undefined;
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useDraft = (key: string): Draft | null =>
  useSyncExternalStore(
    subscribe,
    () => getDraft(key),
    () => null,
  );

/** Only drafts that did not fit into storage make the browser ask before a reload. */
export function guardUnstoredDrafts(): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    storeWaiting();
    if (unstored.size > 0) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBeforeUnload);
  return () => window.removeEventListener("beforeunload", onBeforeUnload);
}
