"use client";

import { closeDialog, useDialogRequest } from "#shared/dialogs/dialog-store.ts";
import { lazyPart } from "#shared/ui/lazy-part.tsx";

// Loaded when first asked for: the forms bring their schemas along.
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

/** The dialogs that menus ask for. */
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
    case "confirm-verb":
      return <ConfirmVerbDialog workspaceId={request.workspaceId} verb={request.verb} onClose={closeDialog} />;
    default:
      return null;
  }
}
