"use client";

import { undoHint } from "../shortcuts/shortcuts.ts";
import { notifyError } from "../ui/notify.tsx";
import { showToast, type Toast } from "../ui/toast.ts";
import { type Change, UndoStack } from "./undo-stack.ts";

const stack = new UndoStack();
const settlers = new Set<() => void>();

/** Records a change, so that Ctrl+Z undoes it. @returns a function that removes it again, for a refused change. */
export function remember(change: Change): () => void {
  stack.push(change);
  return () => stack.forget(change);
}

/** @param settle records a pending change before an undo, such as a card being moved by arrow keys. */
export function beforeUndo(settle: () => void): () => void {
  settlers.add(settle);
  return () => {
    settlers.delete(settle);
  };
}

/** Touch devices have no Ctrl key, so they get a message after a drag. */
export const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches;

/** Reports a change with an Undo button. */
export const notifyUndoable = (title: string): void =>
  notify(title, isTouch() ? undefined : undoHint(), { label: "Undo", onClick: () => void undoLast() });

/** All messages share one place, because an older message's Undo button would undo another step. */
const notify = (title: string, description?: string, action?: Toast["action"]): void =>
  showToast({ kind: "success", title, description, action, place: "undo" });

export async function undoLast(): Promise<void> {
  for (const settle of settlers) settle();
  try {
    const what = await stack.undo();
    notify(what === null ? "Nothing to undo." : `Undone: ${what}.`);
  } catch (error) {
    notifyError(error, "Undo failed.");
  }
}

export async function redoLast(): Promise<void> {
  for (const settle of settlers) settle();
  try {
    const what = await stack.redo();
    notify(what === null ? "Nothing to redo." : `Redone: ${what}.`);
  } catch (error) {
    notifyError(error, "Redo failed.");
  }
}
