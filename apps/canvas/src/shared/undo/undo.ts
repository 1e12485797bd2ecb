"use client";

import { notifyDone, notifyError } from "../ui/notify.tsx";
import { type Change, UndoStack } from "./undo-stack.ts";

const stack = new UndoStack();

/** Remembers a change, so that Ctrl+Z takes it back. @returns the way to forget it again, when it was refused. */
export function remember(change: Change): () => void {
  stack.push(change);
  return () => stack.forget(change);
}

export async function undoLast(): Promise<void> {
  try {
    const what = await stack.undo();
    notifyDone(what === null ? "There is nothing to undo." : `Undone: ${what}.`);
  } catch (error) {
    notifyError(error, "It could not be undone.");
  }
}

export async function redoLast(): Promise<void> {
  try {
    const what = await stack.redo();
    notifyDone(what === null ? "There is nothing to redo." : `Done again: ${what}.`);
  } catch (error) {
    notifyError(error, "It could not be done again.");
  }
}
