"use client";

import type { Volume } from "@berth/domain";
import { useRef, useState } from "react";
import { NameTakenNote, useNameTaken } from "#features/name-taken/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { describeError } from "#shared/api/problem-help.ts";
import { formatBytes } from "#shared/text/format.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { RadioCards } from "#shared/ui/radio-cards.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceOptions } from "#shared/workspace/persistence-text.ts";
import { useAdoptVolume } from "./queries.ts";
import { volumeName } from "./volume-status.ts";

interface AdoptDialogProps {
  volume: Volume;
  graceHours: number;
  onClose: () => void;
}

/** Creates a workspace on an unused volume, with the data that is on it. */
export function AdoptDialog({ volume, graceHours, onClose }: AdoptDialogProps) {
  const [name, setName] = useState(volume.workspaceName);
  const [dataPersistence, setDataPersistence] = useState<"auto" | "persist">("persist");
  const nameInput = useRef<HTMLInputElement>(null);
  const adopt = useAdoptVolume();
  const taken = useNameTaken(adopt.error);
  const isInvalid = problemOf(adopt.error)?.code === "invalid_input";

  const change = (next: string) => {
    setName(next);
    adopt.reset();
  };

  const takeName = (next: string) => {
    change(next);
    nameInput.current?.focus();
  };

  const submit = () =>
    adopt.mutate(
      { id: volume.id, name: name.trim(), compute: { dataPersistence } },
      {
        onSuccess: ({ workspace }) => {
          notifyDone(`${workspace.name} is being created from the data of ${volumeName(volume)}.`);
          onClose();
          navigate((state) => ({ ...openWorkspace(state, workspace.id), tab: "details" }));
        },
        onError: () => nameInput.current?.focus(),
      },
    );

  return (
    <FormDialog
      onClose={onClose}
      title={`New workspace from the data of ${volumeName(volume)}`}
      description={
        <>
          It uses this data{volume.sizeBytes === null ? "" : ` (${formatBytes(volume.sizeBytes)})`} without copying it,
          so nothing else can use it. It runs on the backend of the data: {BACKEND_NAMES[volume.backend]}.
        </>
      }
      initialFocus={nameInput}
      submitLabel="Create workspace"
      canSubmit={name.trim() !== ""}
      isBusy={adopt.isPending}
      onSubmit={submit}
    >
      <TextField
        ref={nameInput}
        label="Name"
        value={name}
        error={
          taken ? (
            <NameTakenNote taken={taken} onUse={takeName} onLeave={onClose} />
          ) : isInvalid ? (
            describeError(adopt.error).title
          ) : null
        }
        onChange={(event) => change(event.target.value)}
      />
      <RadioCards
        legend="Saved data"
        value={dataPersistence}
        onChange={setDataPersistence}
        options={persistenceOptions(graceHours).flatMap((option) =>
          option.value === "ephemeral" ? [] : [{ ...option, value: option.value }],
        )}
      />
      {adopt.error && !taken && !isInvalid && <ErrorNotice error={adopt.error} />}
    </FormDialog>
  );
}
