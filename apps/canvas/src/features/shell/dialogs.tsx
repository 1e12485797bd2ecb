"use client";

import { NotificationsDialog } from "#features/notifications/index.ts";
import { closeDialog, useDialogRequest } from "#shared/dialogs/dialog-store.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";

// Loaded on first use, because the forms include their schemas.
const CreateDialog = lazyPart(
  () => import("#features/create-workspace/index.ts").then((feature) => feature.CreateDialog),
  { isQuiet: true },
);
const DeleteDialog = lazyPart(
  () => import("#features/delete-workspace/index.ts").then((feature) => feature.DeleteDialog),
  { isQuiet: true },
);
const ConfirmVerbDialog = lazyPart(
  () => import("#features/actions/index.ts").then((feature) => feature.ConfirmVerbDialog),
  { isQuiet: true },
);

const ReceiptDialog = lazyPart(() => import("#features/saved-data/index.ts").then((feature) => feature.ReceiptDialog), {
  isQuiet: true,
});
const RestoreDialog = lazyPart(
  () => import("#features/restore-workspace/index.ts").then((feature) => feature.RestoreDialog),
  { isQuiet: true },
);
const MoveDialog = lazyPart(() => import("#features/move-workspace/index.ts").then((feature) => feature.MoveDialog), {
  isQuiet: true,
});
const BatchDeleteDialog = lazyPart(
  () => import("#features/batch/index.ts").then((feature) => feature.BatchDeleteDialog),
  {
    isQuiet: true,
  },
);
const BatchVerbDialog = lazyPart(() => import("#features/batch/index.ts").then((feature) => feature.BatchVerbDialog), {
  isQuiet: true,
});
const Palette = lazyPart(() => import("#features/palette/index.ts").then((feature) => feature.Palette), {
  isQuiet: true,
});
const ShortcutSheet = lazyPart(() => import("#features/palette/index.ts").then((feature) => feature.ShortcutSheet), {
  isQuiet: true,
});

/** The dialogs that menus open. */
export function Dialogs() {
  const request = useDialogRequest();
  switch (request?.kind) {
    case "create":
      return <CreateDialog parentId={request.parentId} onClose={closeDialog} />;
    case "delete":
      return <DeleteDialog workspaceId={request.workspaceId} onClose={closeDialog} />;
    case "receipt":
      return (
        <ReceiptDialog volume={{ id: request.volumeId, workspaceName: request.workspaceName }} onClose={closeDialog} />
      );
    case "restore":
      return <RestoreDialog workspaceId={request.workspaceId} error={request.error} onClose={closeDialog} />;
    case "confirm-verb":
      return <ConfirmVerbDialog workspaceId={request.workspaceId} verb={request.verb} onClose={closeDialog} />;
    case "move":
      return <MoveDialog workspaceIds={request.workspaceIds} onClose={closeDialog} />;
    case "batch-delete":
      return <BatchDeleteDialog workspaceIds={request.workspaceIds} onClose={closeDialog} />;
    case "batch-verb":
      return <BatchVerbDialog workspaceIds={request.workspaceIds} verb={request.verb} onClose={closeDialog} />;
    case "notifications":
      return <NotificationsDialog onClose={closeDialog} />;
    case "palette":
      return <Palette onClose={closeDialog} />;
    case "shortcuts":
      return <ShortcutSheet onClose={closeDialog} />;
    default:
      return null;
  }
}
