"use client";

import { type RefCallback, useCallback } from "react";

/** Elements that other components may focus, by name, while they are mounted. */
const elements = new Map<string, HTMLElement>();
let pending: { name: string; options: FocusOptions; until: number } | null = null;

/** Longer than the map takes to move to a card, and shorter than a person takes to do something else. */
const PENDING_MILLISECONDS = 500;

export const focusTarget = (name: string): HTMLElement | null => elements.get(name) ?? null;

/** Registers an element under a name. @returns a function that removes it again. */
export function registerFocusTarget(name: string, element: HTMLElement): () => void {
  elements.set(name, element);
  if (pending?.name === name) {
    const { options, until } = pending;
    pending = null;
    if (performance.now() <= until) element.focus(options);
  }
  return () => {
    // A successor may have registered under this name already.
    if (elements.get(name) === element) elements.delete(name);
  };
}

/** Focuses an element now, or when it is mounted shortly after. */
export function focusWhenMounted(name: string, options: FocusOptions = {}): void {
  pending = null;
  const element = elements.get(name);
  if (element) element.focus(options);
  else pending = { name, options, until: performance.now() + PENDING_MILLISECONDS };
}

/** A ref that registers its element under a name; null registers nothing. */
export const useFocusTarget = (name: string | null): RefCallback<HTMLElement> =>
  useCallback((element) => (element && name !== null ? registerFocusTarget(name, element) : undefined), [name]);

/** The names in use. Names that several features share are defined here once. */
export const FOCUS_TARGETS = {
  /** The view, which keeps the focus when nothing better is left. */
  view: "view",
  /** The panel while it covers the window; nothing behind it takes the focus. */
  sheet: "sheet",
  /** A card of the map, or a row of the list. */
  workspace: (id: string) => `workspace ${id}`,
  fileTab: (root: string, path: string) => `file tab ${root}${path}`,
  fileEditor: "file editor",
  terminalTab: (id: string) => `terminal tab ${id}`,
};

/** The element that covers the window, else the view. Menus render in it, and it takes a lost focus. */
export const topLayer = (): HTMLElement | null => focusTarget(FOCUS_TARGETS.sheet) ?? focusTarget(FOCUS_TARGETS.view);
