"use client";

import { allowedVerbs, defaultModel, TIERS, type Workspace } from "@berth/domain";
import { type FormEvent, useRef } from "react";
import { useVerb } from "#features/actions/index.ts";
import { useConfigure } from "#features/container/index.ts";
import { NameTakenNote, useNameTaken } from "#features/name-taken/index.ts";
import { useSnapshot, useSystem, useUpdateWorkspace } from "#features/workspaces/index.ts";
import { withoutSaved } from "#shared/settings/edits.ts";
import { SaveBar } from "#shared/settings/save-bar.tsx";
import { useEdits } from "#shared/settings/use-edits.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SelectField, TextField } from "#shared/ui/field.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { tierLabel } from "#shared/workspace/tier-label.ts";
import { possibleParents } from "./parents.ts";
import { changesBetween, inputsFor, needRestart, type Profile, profileOf } from "./profile.ts";
import { runtimeOptions } from "./runtime-options.ts";

/** A workspace's identity: its name and role, its team, and the program it runs. */
export function ConfigTab({ workspace }: { workspace: Workspace }) {
  const saved = profileOf(workspace);
  const [edits, setEdits] = useEdits("config", workspace.id, saved);
  const nodes = useSnapshot().data?.nodes ?? [];
  const runtimes = runtimeOptions(useSystem().data?.runtimes ?? [], workspace);
  const update = useUpdateWorkspace();
  const configure = useConfigure();
  const { request, pending } = useVerb(workspace);
  const nameInput = useRef<HTMLInputElement>(null);

  const draft = { ...saved, ...edits };
  const changes = changesBetween(saved, draft, (id) => nodes.find((node) => node.id === id)?.name);
  const inputs = inputsFor(workspace.id, saved, draft);
  const isReadOnly = workspace.status === "deleting" || workspace.status === "deleted";
  const canRestart = allowedVerbs(workspace.status).includes("restart") && needRestart(changes);
  const taken = useNameTaken(update.error);
  const error = taken ? null : (update.error ?? configure.error);

  const change = (part: Partial<Profile>) => {
    update.reset();
    configure.reset();
    setEdits((before) => ({ ...before, ...part }));
  };

  const takeName = (name: string) => {
    change({ name });
    nameInput.current?.focus();
  };

  const save = async (thenRestart: boolean) => {
    try {
      if (inputs.update) await update.mutateAsync(inputs.update);
      const response = inputs.configure && (await configure.mutateAsync(inputs.configure));
      setEdits((now) => withoutSaved(now, edits));
      if (thenRestart) return await request("restart");
      notifyDone("Saved.", response?.restartRequired ? "Runtime changes apply at the next restart." : undefined);
    } catch {
      // The form shows the mutations' errors.
    }
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (inputs.update ?? inputs.configure) void save(false);
  };

  return (
    <form onSubmit={onSubmit} noValidate className="@container flex min-h-full flex-col">
      <div className="grid flex-1 content-start gap-5 p-4">
        <fieldset disabled={isReadOnly} className="grid gap-4">
          <legend className="mb-2 text-sm font-semibold">General</legend>
          <TextField
            ref={nameInput}
            label="Name"
            value={draft.name}
            error={inputs.errors.name ?? (taken && <NameTakenNote taken={taken} onUse={takeName} />)}
            onChange={(event) => change({ name: event.target.value })}
          />
          <TextField
            label="Role"
            value={draft.role}
            error={inputs.errors.role}
            placeholder="Short description"
            onChange={(event) => change({ role: event.target.value })}
          />
          <SelectField
            label="Team"
            value={draft.parentId}
            error={inputs.errors.parentId}
            hint="The lead of the team. Pausing or deleting the lead can include this workspace."
            onChange={(parentId) => change({ parentId })}
            options={[{ value: "", label: "No team" }, ...possibleParents(nodes, workspace.id)]}
          />
        </fieldset>
        <fieldset disabled={isReadOnly} className="grid gap-4">
          <legend className="mb-2 text-sm font-semibold">Runtime</legend>
          <SelectField
            label="Runtime"
            value={draft.runtime}
            error={inputs.errors.runtime}
            onChange={(runtime) => change({ runtime, ...followingModel(draft, runtime) })}
            options={runtimes}
          />
          <TextField
            label="Model"
            value={draft.model}
            error={inputs.errors.model}
            placeholder={defaultModel(draft.runtime)}
            onChange={(event) => change({ model: event.target.value })}
          />
          <SelectField
            label="Tier"
            value={draft.tier}
            error={inputs.errors.tier}
            onChange={(tier) => change({ tier })}
            options={TIERS.map((tier) => ({ value: String(tier), label: tierLabel(tier) }))}
          />
        </fieldset>
        {error && <ErrorNotice error={error} />}
      </div>
      <SaveBar
        changes={changes}
        canSave={inputs.update !== null || inputs.configure !== null}
        isSaving={update.isPending || configure.isPending}
        isRestarting={pending === "restart"}
        onDiscard={() => {
          update.reset();
          configure.reset();
          setEdits({});
        }}
        onSaveAndRestart={canRestart ? () => void save(true) : undefined}
      />
    </form>
  );
}

/** Without an explicit model, the default follows the runtime. */
const followingModel = ({ runtime, model }: Profile, next: string): Partial<Profile> =>
  model === defaultModel(runtime) ? { model: defaultModel(next) } : {};
