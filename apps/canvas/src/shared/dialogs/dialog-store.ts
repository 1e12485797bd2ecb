"use client";

import { create } from "zustand";

/** Dialogs that many components open. They live beside the app, so closing a menu does not unmount them. */
export type DialogRequest =
  | { kind: "create"; parentId: string | null }
  | { kind: "delete"; workspaceId: string }
  | { kind: "restore"; workspaceId: string; error: unknown }
  | { kind: "receipt"; volume: { id: string; workspaceName: string } }
  | { kind: "move"; workspaceIds: readonly string[] }
  | { kind: "batch-delete"; workspaceIds: readonly string[] }
  | { kind: "batch-verb"; workspaceIds: readonly string[]; verb: "restart" | "hibernate" }
  | { kind: "notifications" }
  | { kind: "palette" }
  | { kind: "shortcuts" }
  | { kind: "confirm-verb"; workspaceId: string; verb: "restart" | "hibernate" };

const useDialogStore = create<{ request: DialogRequest | null }>(() => ({ request: null }));

export const openDialog = (request: DialogRequest): void => useDialogStore.setState({ request });
export const closeDialog = (): void => useDialogStore.setState({ request: null });

export const useDialogRequest = (): DialogRequest | null => useDialogStore(({ request }) => request);
