"use client";

import { create } from "zustand";
import { forgetLocal, readLocal, writeLocal } from "#shared/storage/local.ts";

/** Unsaved text of a file, and the version it is based on. */
export interface Draft {
  text: string;
  etag: string;
}

type Drafts = ReadonlyMap<string, Draft | null>;

const PREFIX = "berth:draft:";
const STORE_MILLISECONDS = 400;

/** The drafts changed since the page was loaded; null for a discarded one. The others are in browser storage. */
const useDraftStore = create<{ changed: Drafts }>(() => ({ changed: new Map() }));

/** Drafts read from browser storage. A draft keeps its identity, so that an unchanged one renders nothing. */
const read = new Map<string, Draft | null>();
/** Drafts that did not fit into browser storage: they last as long as the page. */
const unstored = new Set<string>();
const waiting = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Drafts are per person, workspace and path. */
export const draftKey = (actorId: string, workspaceId: string, root: string, path: string): string =>
  `${actorId}:${workspaceId}:${root}:${path}`;

export const useDraft = (key: string): Draft | null => useDraftStore(({ changed }) => draftIn(changed, key));
export const getDraft = (key: string): Draft | null => draftIn(useDraftStore.getState().changed, key);

export function setDraft(key: string, draft: Draft | null): void {
  waiting.add(key);
  timer ??= setTimeout(storeWaiting, STORE_MILLISECONDS);
  useDraftStore.setState(({ changed }) => ({ changed: new Map(changed).set(key, draft) }));
}

function draftIn(changed: Drafts, key: string): Draft | null {
  const known = changed.has(key) ? changed.get(key) : read.get(key);
  if (known !== undefined) return known;
  const stored = readLocal(PREFIX + key, asDraft) ?? null;
  read.set(key, stored);
  return stored;
}

/** Storage is slow for large texts, so drafts are written when typing pauses and when the page closes. */
function storeWaiting(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const key of waiting) {
    const draft = getDraft(key);
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

/** Only drafts that did not fit into storage make the browser ask before a reload. */
export function guardUnstoredDrafts(): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    storeWaiting();
    if (unstored.size > 0) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBeforeUnload);
  return () => window.removeEventListener("beforeunload", onBeforeUnload);
}
