"use client";

import { allowedVerbs, type Workspace } from "@berth/domain";
import type { FormEvent } from "react";
import { useVerb } from "#features/actions/index.ts";
import { useSystem } from "#features/workspaces/index.ts";
import { withoutSaved } from "#shared/settings/edits.ts";
import { SaveBar } from "#shared/settings/save-bar.tsx";
import { useEdits } from "#shared/settings/use-edits.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { ContainerFields } from "./container-fields.tsx";
import { useConfigure } from "./queries.ts";
import { changesBetween, configureInput, settingsOf } from "./settings.ts";

/** The machine's settings. Nothing changes before Save, and nothing restarts without a request. */
export function ContainerTab({ workspace }: { workspace: Workspace }) {
  const saved = settingsOf(workspace);
  const [edits, setEdits] = useEdits("container", workspace.id, saved);
  const system = useSystem();
  const configure = useConfigure();
  const { request, pending } = useVerb(workspace);

  const draft = { ...saved, ...edits };
  const changes = changesBetween(saved, draft);
  const { input, errors } = configureInput(workspace.id, saved, draft);
  const isReadOnly = workspace.status === "deleting" || workspace.status === "deleted";
  const canRestart = allowedVerbs(workspace.status).includes("restart");

  const save = async (thenRestart: boolean) => {
    if (!input || changes.length === 0) return;
    try {
      const { restartRequired } = await configure.mutateAsync(input);
      setEdits((now) => withoutSaved(now, edits));
      if (thenRestart) return await request("restart");
      notifyDone("Settings saved.", restartRequired ? "They apply at the next restart." : undefined);
    } catch {
      // The form shows the mutation's error.
    }
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void save(false);
  };

  return (
    <form onSubmit={onSubmit} noValidate className="flex min-h-full flex-col">
      <div className="grid flex-1 gap-5 p-4">
        <ContainerFields
          workspace={workspace}
          system={system.data}
          settings={draft}
          errors={errors}
          isReadOnly={isReadOnly}
          onChange={(part) => {
            configure.reset();
            setEdits((before) => ({ ...before, ...part }));
          }}
        />
        {configure.error && <ErrorNotice error={configure.error} />}
      </div>
      <SaveBar
        changes={changes}
        canSave={input !== null}
        isSaving={configure.isPending}
        isRestarting={pending === "restart"}
        onDiscard={() => setEdits({})}
        onSaveAndRestart={canRestart ? () => void save(true) : undefined}
      />
    </form>
  );
}
