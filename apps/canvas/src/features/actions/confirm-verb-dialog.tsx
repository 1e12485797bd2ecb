"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useExpectedDuration, useMachineVerb, useWorkspace } from "#features/workspaces/index.ts";
import { useTRPC } from "#shared/api/trpc.tsx";
import { durationText } from "#shared/operations/duration-text.ts";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { explainVerb, VERB_LABELS } from "./verbs.ts";

interface ConfirmVerbDialogProps {
  workspaceId: string;
  verb: "restart" | "hibernate";
  onClose: () => void;
}

/** Shown only when the verb loses data: an ephemeral workspace is about to get a new machine. */
export function ConfirmVerbDialog({ workspaceId, verb, onClose }: ConfirmVerbDialogProps) {
  const { data: workspace } = useWorkspace(workspaceId);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const generation = queryClient.getQueryData(trpc.workspaces.get.queryKey({ id: workspaceId }))?.generation ?? 1;
  const machine = useMachineVerb({ id: workspaceId, generation });
  const expected = useExpectedDuration(workspaceId, verb);
  const { label } = VERB_LABELS[verb];

  const confirm = async () => {
    try {
      await machine.request(verb, verb === "hibernate");
      onClose();
    } catch (error) {
      notifyError(error, `${label} failed.`);
    }
  };

  return (
    <ConfirmDialog
      isOpen
      title={`${label} ${workspace?.name ?? "the workspace"} and delete its files?`}
      confirmLabel={`${label} and delete files`}
      isDangerous
      isBusy={machine.pending !== undefined}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {workspace && explainVerb(verb, workspace.compute)} To keep the files, set Saved data to “Auto” or “Always keep”
      in the Container tab first.{expected && <> Duration: {durationText(expected, workspace?.backend ?? "local")}.</>}
    </ConfirmDialog>
  );
}
