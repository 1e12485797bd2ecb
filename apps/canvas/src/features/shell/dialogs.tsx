"use client";

import dynamic from "next/dynamic";
import { closeDialog, useDialogRequest } from "#shared/dialogs/dialog-store.ts";

// Loaded when first asked for: the forms bring their schemas along.
const CreateDialog = dynamic(() =>
  import("#features/create-workspace/index.ts").then((feature) => feature.CreateDialog),
);
const DeleteDialog = dynamic(() =>
  import("#features/delete-workspace/index.ts").then((feature) => feature.DeleteDialog),
);
const ConfirmVerbDialog = dynamic(() =>
  import("#features/actions/index.ts").then((feature) => feature.ConfirmVerbDialog),
);

/** The dialogs that menus ask for. */
export function Dialogs() {
  const request = useDialogRequest();
  switch (request?.kind) {
    case "create":
      return <CreateDialog parentId={request.parentId} onClose={closeDialog} />;
    case "delete":
      return <DeleteDialog workspaceId={request.workspaceId} onClose={closeDialog} />;
    case "confirm-verb":
      return <ConfirmVerbDialog workspaceId={request.workspaceId} verb={request.verb} onClose={closeDialog} />;
    default:
      return null;
  }
}
