"use client";

import { useEffect } from "react";
import { topLayer } from "./focus-registry.ts";
import { isDialogOpen } from "./overlays.ts";

const ON_TOP = "[role=dialog],[role=alertdialog],[role=menu]";
const MESSAGES = "[data-sonner-toaster],[data-sonner-toast]";
const PASSING = `${ON_TOP},${MESSAGES}`;
const HAVENS = `${ON_TOP},[role=tabpanel],main`;

/** What removes, disables or hides an element. */
const WATCHED: MutationObserverInit = { childList: true, attributeFilter: ["disabled", "hidden", "inert", "class"] };

/** Longer than a menu takes to restore the focus, and shorter than the time to the next key press. */
const GIVEN_BACK_MILLISECONDS = 100;

/** The element that had the focus last, and its ancestors, innermost first. */
let around: readonly HTMLElement[] = [];
/** The same, ignoring elements in overlays and messages. */
let below: readonly HTMLElement[] = [];

/**
 * Returns the focus to the element that had it before an overlay opened.
 *
 * @param instead the element that takes it when that one is gone, in place of the nearest focusable one.
 */
export function focusBelow(instead?: () => HTMLElement | null): void {
  // One dialog may follow another: the focus stays in the top one.
  if (isDialogOpen()) return;
  const [before] = below;
  // A haven only caught the focus; the user did not choose it.
  const isThere = before && canHold(before) && !before.matches(HAVENS);
  const next = isThere ? null : instead?.();
  if (next) next.focus({ preventScroll: true });
  else focusNearest(below);
}

/**
 * The focused element may disappear: a save disables a button, another person deletes a row. The browser then resets the
 * focus to the page, and the next Tab starts at the top; this moves it to the nearest ancestor instead. Mount once.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    // Delayed by a frame, so that the code that removed the element can move the focus itself.
    const observer = new MutationObserver(() => requestAnimationFrame(catchLost));
    const onFocusIn = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      remember(target);
      observer.disconnect();
      // The focus is lost only when the element or an ancestor is removed, disabled or hidden.
      for (const element of around) observer.observe(element, WATCHED);
    };
    // Captured, because the message stack stops focus events from bubbling.
    document.addEventListener("focusin", onFocusIn, { capture: true });
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", onFocusIn, { capture: true });
    };
  }, []);
}

function remember(target: HTMLElement): void {
  around = pathOf(target);
  if (target.closest(PASSING) === null) below = around;
}

function catchLost(): void {
  if (!isLost()) return;
  // Uses the stored ancestors, because a menu's items may disappear before the menu does.
  const isOfPassing = around.some((each) => each.matches(PASSING));
  if (!isOfPassing) focusNearest(around);
  // An overlay restores the focus itself when it closes. A second move could take it out of what opened next.
  else setTimeout(() => isLost() && focusNearest(below), GIVEN_BACK_MILLISECONDS);
}

function isLost(): boolean {
  const [last] = around;
  const { activeElement } = document;
  // The browser moves the focus of a disabled or hidden element to the page only when it renders.
  const isUnset = activeElement === document.body || activeElement === last;
  // An element that can still hold the focus lost it on purpose, by a click on the background.
  return isUnset && last !== undefined && !canHold(last);
}

function focusNearest(path: readonly HTMLElement[]): void {
  const [wanted] = path;
  const haven = path.find((one) => one.matches(HAVENS) && canHold(one)) ?? topLayer();
  (wanted && canHold(wanted) ? wanted : haven)?.focus({ preventScroll: true });
}

const canHold = (element: HTMLElement): boolean =>
  element.isConnected && element.checkVisibility() && !element.matches(":disabled,[inert],[inert] *");

function pathOf(element: HTMLElement): HTMLElement[] {
  const path: HTMLElement[] = [];
  for (let at: HTMLElement | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
