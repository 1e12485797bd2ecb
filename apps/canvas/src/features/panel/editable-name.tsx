"use client";

import { type Workspace, workspaceNameSchema } from "@berth/domain";
import { Pencil } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { NameTakenNote, useNameTaken } from "#features/name-taken/index.ts";
import { useUpdateWorkspace } from "#features/workspaces/index.ts";
import { describeError } from "#shared/api/problem-help.ts";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { cx } from "#shared/ui/cx.ts";
import { INPUT } from "#shared/ui/field.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { panelFocusCommand } from "#shared/workspace/panel-focus.ts";

/** The name as a heading that the pencil turns into a field. Enter saves, Escape cancels. */
export function EditableName({ workspace }: { workspace: Workspace }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [invalid, setInvalid] = useState<string | null>(null);
  const update = useUpdateWorkspace();
  const taken = useNameTaken(update.error);
  const error = invalid ?? (update.error ? describeError(update.error).title : null);
  const heading = useRef<HTMLHeadingElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const wasEditing = useRef(false);
  const isEditing = draft !== null;

  // An effect, since a frame may come before the field or the heading is there.
  useEffect(() => {
    if (isEditing) input.current?.select();
    else if (wasEditing.current) heading.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);

  usePendingCommand(
    panelFocusCommand,
    () => heading.current?.focus(),
    ({ workspaceId }) => workspaceId === workspace.id,
  );

  const stop = () => {
    setDraft(null);
    setInvalid(null);
    update.reset();
  };

  const change = (name: string) => {
    setDraft(name);
    setInvalid(null);
    update.reset();
  };

  const keep = () => {
    if (draft === null) return;
    const parsed = workspaceNameSchema.safeParse(draft);
    if (!parsed.success) return setInvalid(parsed.error.issues[0]?.message ?? "Invalid name.");
    if (parsed.data === workspace.name) return stop();
    update.mutate({ id: workspace.id, name: parsed.data }, { onSuccess: stop });
  };

  /** The field keeps the focus, so that Enter saves the proposed name. */
  const takeName = (name: string) => {
    change(name);
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") keep();
    if (event.key === "Escape") stop();
  };

  if (draft === null) {
    return (
      <div className="flex items-center gap-1">
        <h2
          ref={heading}
          id="workspace-panel-title"
          data-panel-of={workspace.id}
          tabIndex={-1}
          className="min-w-0 truncate text-base font-semibold"
          title={workspace.name}
        >
          {workspace.name}
        </h2>
        {workspace.status !== "deleted" && (
          <IconButton label="Rename" onClick={() => setDraft(workspace.name)} className="size-7 [&>svg]:size-3.5">
            <Pencil aria-hidden />
          </IconButton>
        )}
      </div>
    );
  }
  return (
    <div>
      <input
        ref={input}
        aria-label="Name"
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? "workspace-name-error" : undefined}
        value={draft}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => !error && keep()}
        className={cx(INPUT, "h-8 font-semibold")}
      />
      {error && (
        <p id="workspace-name-error" role="alert" className="mt-1 text-[13px] text-bad">
          {taken && !invalid ? <NameTakenNote taken={taken} onUse={takeName} onLeave={stop} /> : error}
        </p>
      )}
    </div>
  );
}
