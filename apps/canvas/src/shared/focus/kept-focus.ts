"use client";

import { useEffect } from "react";

const ON_TOP = "[role=dialog],[role=alertdialog],[role=menu]";
const MESSAGES = "[data-sonner-toaster],[data-sonner-toast]";
const PASSING = `${ON_TOP},${MESSAGES}`;
const HAVENS = `${ON_TOP},[role=tabpanel],main`;

/** Longer than a menu takes to give the focus back, and too short to reach for the next key. */
const GIVEN_BACK_MILLISECONDS = 100;

/** What had the focus last, and what stands around it, from the inside out. */
let around: readonly HTMLElement[] = [];
/** The same, of what neither lies on top of the page nor passes as a message does. */
let below: readonly HTMLElement[] = [];

/**
 * Gives the focus back to what had it before something came on top.
 *
 * @param instead who takes it when that is not there any more: better than the nearest that can.
 */
export function focusBelow(instead?: () => HTMLElement | null): void {
  // One dialog may follow another: the focus stays with what is on top.
  if (document.querySelector("[role=dialog],[role=alertdialog]") !== null) return;
  const [before] = below;
  // A haven may have caught it a moment ago; that is no place somebody chose.
  const isThere = before && canHold(before) && !before.matches(HAVENS);
  const next = isThere ? null : instead?.();
  if (next) next.focus({ preventScroll: true });
  else focusNearest(below);
}

/**
 * What has the focus may go away: a button that a save disables, a row that somebody else deletes. A browser then drops
 * the focus to nowhere, and the next Tab starts at the top of the page; here it goes to what stood around it. Mount once.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    // A moment later, so that whoever took it away may place it better.
    const observer = new MutationObserver(() => requestAnimationFrame(catchLost));
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["disabled"],
    });
    // On the way down: the stack of messages lets no focus event come up.
    document.addEventListener("focusin", remember, { capture: true });
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember, { capture: true });
    };
  }, []);
}

function remember({ target }: FocusEvent): void {
  if (!(target instanceof HTMLElement)) return;
  around = pathOf(target);
  if (target.closest(PASSING) === null) below = around;
}

function catchLost(): void {
  if (!isLost()) return;
  // By what stood around it then: the items of a menu may go a moment before the menu does.
  const isOfPassing = around.some((each) => each.matches(PASSING));
  if (!isOfPassing) focusNearest(around);
  // What lies on top gives the focus back itself once it has gone. A second time could take it out of what opened next.
  else setTimeout(() => isLost() && focusNearest(below), GIVEN_BACK_MILLISECONDS);
}

function isLost(): boolean {
  const [last] = around;
  // Still there and let go of on purpose: a click on free ground.
  return document.activeElement === document.body && last !== undefined && !canHold(last);
}

function focusNearest(path: readonly HTMLElement[]): void {
  const [wanted] = path;
  const haven =
    path.find((one) => one.matches(HAVENS) && canHold(one)) ??
    // The panel, where it covers the window: nothing behind it takes the focus.
    document.querySelector<HTMLElement>("[data-sheet]") ??
    document.getElementById("view");
  (wanted && canHold(wanted) ? wanted : haven)?.focus({ preventScroll: true });
}

const canHold = (element: HTMLElement): boolean =>
  element.isConnected && element.checkVisibility() && !element.matches(":disabled,[inert],[inert] *");

function pathOf(element: HTMLElement): HTMLElement[] {
  const path: HTMLElement[] = [];
  for (let at: HTMLElement | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
