"use client";

import { undoHint } from "../shortcuts/shortcuts.ts";
import { notifyError } from "../ui/notify.tsx";
import { showToast, type Toast } from "../ui/toast-door.ts";
import { type Change, UndoStack } from "./undo-stack.ts";

const stack = new UndoStack();
const settlers = new Set<() => void>();

/** Remembers a change, so that Ctrl+Z takes it back. @returns the way to forget it again, when it was refused. */
export function remember(change: Change): () => void {
  stack.push(change);
  return () => stack.forget(change);
}

/** @param settle remembers what was begun and still waits for more, as a card under the arrow keys does. */
export function beforeUndo(settle: () => void): () => void {
  settlers.add(settle);
  return () => {
    settlers.delete(settle);
  };
}

/** A finger has no Ctrl key, and hides what it moves. */
export const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches;

/** Says what was done, with the way back. */
export const notifyUndoable = (title: string): void =>
  say(title, isTouch() ? undefined : undoHint(), { label: "Undo", onClick: () => void undoLast() });

/** All in one place: a message about a step that is not the last any more would have a button that means another. */
const say = (title: string, description?: string, action?: Toast["action"]): void =>
  showToast({ kind: "success", title, description, action, place: "undo" });

export async function undoLast(): Promise<void> {
  for (const settle of settlers) settle();
  try {
    const what = await stack.undo();
    say(what === null ? "There is nothing to undo." : `Undone: ${what}.`);
  } catch (error) {
    notifyError(error, "It could not be undone.");
  }
}

export async function redoLast(): Promise<void> {
  for (const settle of settlers) settle();
  try {
    const what = await stack.redo();
    say(what === null ? "There is nothing to redo." : `Done again: ${what}.`);
  } catch (error) {
    notifyError(error, "It could not be done again.");
  }
}
