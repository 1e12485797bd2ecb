"use client";

import { workspaceNameSchema } from "@berth/domain";
import { useRef, useState } from "react";
import { NameTakenNote, useNameTaken } from "#features/name-taken/index.ts";
import { useRestoreWorkspace } from "#features/workspaces/index.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";

interface RestoreDialogProps {
  workspaceId: string;
  /** Why it was not restored under its own name. */
  error: unknown;
  onClose: () => void;
}

/** Asks for another name when the deleted workspace's name has been taken. */
export function RestoreDialog({ workspaceId, error, onClose }: RestoreDialogProps) {
  const first = useNameTaken(error);
  const [name, setName] = useState(first?.suggestion ?? "");
  const [invalid, setInvalid] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const restore = useRestoreWorkspace();
  const again = useNameTaken(restore.error);
  const wanted = first?.wanted ?? "";

  const change = (next: string) => {
    setName(next);
    setInvalid(undefined);
    restore.reset();
  };

  const takeName = (next: string) => {
    change(next);
    input.current?.focus();
  };

  const submit = () => {
    const parsed = workspaceNameSchema.safeParse(name);
    if (!parsed.success) return setInvalid(parsed.error.issues[0]?.message ?? "Invalid name.");
    restore.mutate(
      { id: workspaceId, name: parsed.data },
      {
        onSuccess: () => {
          notifyDone(`${wanted} is being restored as ${parsed.data}.`);
          onClose();
        },
        onError: () => input.current?.focus(),
      },
    );
  };

  return (
    <FormDialog
      onClose={onClose}
      title={`Restore ${wanted} under another name`}
      description={
        first && (
          <>
            The restored workspace keeps its data. <NameTakenNote taken={first} onLeave={onClose} />
          </>
        )
      }
      initialFocus={input}
      submitLabel="Restore"
      isBusy={restore.isPending}
      onSubmit={submit}
    >
      <TextField
        ref={input}
        label="New name"
        value={name}
        error={invalid ?? (again && <NameTakenNote taken={again} onUse={takeName} onLeave={onClose} />)}
        onFocus={(event) => event.target.select()}
        onChange={(event) => change(event.target.value)}
      />
      {restore.error && !again && <ErrorNotice error={restore.error} />}
    </FormDialog>
  );
}
