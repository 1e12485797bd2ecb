"use client";

import type { ComponentType } from "react";
import { BatchDeleteDialog, BatchVerbDialog } from "#features/batch/index.ts";
import { NotificationsDialog } from "#features/notifications/index.ts";
import { closeDialog, type DialogRequest, useDialogRequest } from "#shared/dialogs/dialog-store.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";

type Kind = DialogRequest["kind"];
type PropsOf<K extends Kind> = Omit<Extract<DialogRequest, { kind: K }>, "kind"> & { onClose: () => void };

/** Loaded on first use, because the forms include their schemas. */
const lazyDialog = <P extends object>(load: () => Promise<ComponentType<P>>) => lazyPart(load, { isQuiet: true });

const DIALOGS: { [K in Kind]: ComponentType<PropsOf<K>> } = {
  create: lazyDialog(() => import("#features/create-workspace/index.ts").then((feature) => feature.CreateDialog)),
  delete: lazyDialog(() => import("#features/delete-workspace/index.ts").then((feature) => feature.DeleteDialog)),
  "confirm-verb": lazyDialog(() => import("#features/actions/index.ts").then((feature) => feature.ConfirmVerbDialog)),
  receipt: lazyDialog(() => import("#features/saved-data/index.ts").then((feature) => feature.ReceiptDialog)),
  restore: lazyDialog(() => import("#features/restore-workspace/index.ts").then((feature) => feature.RestoreDialog)),
  move: lazyDialog(() => import("#features/move-workspace/index.ts").then((feature) => feature.MoveDialog)),
  "batch-delete": BatchDeleteDialog,
  "batch-verb": BatchVerbDialog,
  notifications: NotificationsDialog,
  palette: lazyDialog(() => import("#features/palette/index.ts").then((feature) => feature.Palette)),
  shortcuts: lazyDialog(() => import("#features/palette/index.ts").then((feature) => feature.ShortcutSheet)),
};

/** The open dialog. */
export function Dialogs() {
  const request = useDialogRequest();
  if (!request) return null;
  const { kind, ...props } = request;
  // TypeScript does not see that the table and the request agree on the kind.
  const OpenDialog = DIALOGS[kind] as ComponentType<Omit<DialogRequest, "kind"> & { onClose: () => void }>;
  return <OpenDialog {...props} onClose={closeDialog} />;
}
