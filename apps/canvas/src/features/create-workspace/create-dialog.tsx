"use client";

import { useRef, useState } from "react";
import { freeSpot } from "#features/map/index.ts";
import { NameTakenNote, useNameTaken } from "#features/name-taken/index.ts";
import { useSnapshot, useSystem } from "#features/workspaces/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { CreateFields } from "./create-fields.tsx";
import { type CreateDraft, checkDraft, EMPTY_DRAFT } from "./draft.ts";
import { useCreateWorkspace } from "./queries.ts";

/** The draft outlives the dialog, so closing it loses no input. */
let keptDraft: CreateDraft = EMPTY_DRAFT;

export function CreateDialog({ parentId, onClose }: { parentId: string | null; onClose: () => void }) {
  const [draft, setDraft] = useState<CreateDraft>(() => ({ ...keptDraft, parentId: parentId ?? "" }));
  const [isChecked, setIsChecked] = useState(false);
  const system = useSystem();
  const snapshot = useSnapshot();
  const create = useCreateWorkspace();
  const nameInput = useRef<HTMLInputElement>(null);

  const nodes = snapshot.data?.nodes ?? [];
  const checked = checkDraft(
    draft,
    freeSpot(
      nodes.map((node) => node.position),
      placeFor(draft.parentId, nodes),
    ),
  );
  const taken = useNameTaken(create.error);
  const errors = isChecked ? checked.errors : {};

  const change = (part: Partial<CreateDraft>) => {
    setDraft((before) => ({ ...before, ...part }));
    keptDraft = { ...draft, ...part };
    if (create.error) create.reset();
  };

  const takeName = (name: string) => {
    change({ name });
    nameInput.current?.focus();
  };

  const submit = (form: HTMLFormElement) => {
    setIsChecked(true);
    if (!checked.input) {
      // A frame later, because the errors are not rendered yet.
      requestAnimationFrame(() => firstInvalid(form)?.focus());
      return;
    }
    create.mutate(checked.input, {
      onSuccess: ({ workspace }) => {
        keptDraft = EMPTY_DRAFT;
        notifyDone(`${workspace.name} is being created.`);
        onClose();
        navigate((state) => ({ ...openWorkspace(state, workspace.id), tab: "details" }));
      },
      onError: (error) => problemOf(error)?.code === "name_taken" && nameInput.current?.focus(),
    });
  };

  return (
    <FormDialog
      onClose={onClose}
      title="New workspace"
      description="Runs on a replaceable machine. Its files persist."
      widthPixels={560}
      startsAtCancel
      submitLabel="Create"
      isBusy={create.isPending}
      onSubmit={submit}
      formClassName="grid gap-4"
    >
      {system.data ? (
        <CreateFields
          draft={draft}
          nameInput={nameInput}
          errors={errors}
          nameTaken={taken && <NameTakenNote taken={taken} onUse={takeName} onLeave={onClose} />}
          system={system.data}
          nodes={nodes}
          onChange={change}
        />
      ) : system.error ? (
        <ErrorNotice error={system.error} onRetry={() => void system.refetch()} isRetrying={system.isFetching} />
      ) : (
        <SkeletonLines lines={6} label="Loading options" />
      )}
      {create.error && !taken && <ErrorNotice error={create.error} />}
    </FormDialog>
  );
}

const firstInvalid = (form: HTMLFormElement) =>
  [...form.elements].find(
    (control): control is HTMLElement => control instanceof HTMLElement && control.ariaInvalid === "true",
  );

interface Placed {
  id: string;
  position: { x: number; y: number };
}

/** The position below the team, or beside the other cards. */
function placeFor(parentId: string, nodes: readonly Placed[]): { x: number; y: number } {
  const parent = nodes.find((node) => node.id === parentId);
  if (parent) return { x: parent.position.x, y: parent.position.y + 200 };
  return nodes.at(-1)?.position ?? { x: 0, y: 0 };
}
