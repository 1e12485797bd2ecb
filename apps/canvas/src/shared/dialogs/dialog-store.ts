"use client";

import { useSyncExternalStore } from "react";

/** Dialogs that many components open. They live beside the app, so closing a menu does not unmount them. */
export type DialogRequest =
  | { kind: "create"; parentId: string | null }
  | { kind: "delete"; workspaceId: string }
  | { kind: "restore"; workspaceId: string; error: unknown }
  | { kind: "receipt"; volumeId: string; workspaceName: string }
  | { kind: "move"; workspaceIds: readonly string[] }
  | { kind: "batch-delete"; workspaceIds: readonly string[] }
  | { kind: "batch-verb"; workspaceIds: readonly string[]; verb: "restart" | "hibernate" }
  | { kind: "notifications" }
  | { kind: "palette" }
  | { kind: "shortcuts" }
  | { kind: "confirm-verb"; workspaceId: string; verb: "restart" | "hibernate" };

let current: DialogRequest | null = null;
const listeners = new Set<() => void>();

function set(next: DialogRequest | null): void {
  current = next;
  for (const listener of listeners) listener();
}

export const openDialog = (request: DialogRequest): void => set(request);
export const closeDialog = (): void => set(null);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useDialogRequest = (): DialogRequest | null =>
  useSyncExternalStore(
    subscribe,
    () => current,
    () => null,
  );
