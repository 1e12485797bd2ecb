"use client";

import type { Workspace } from "@berth/domain";
import { Eye, FileDiff, Save } from "lucide-react";
import { useState } from "react";
import { flushSync } from "react-dom";
import { FOCUS_TARGETS, focusTarget } from "#shared/focus/focus-registry.ts";
import { useActor } from "#shared/session/actor.tsx";
import { useKept } from "#shared/storage/use-kept.ts";
import { Button } from "#shared/ui/button.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { previewKindOf, TextPreview } from "../preview/text-preview.tsx";
import type { OpenedText } from "../queries.ts";
import { type Absence, AbsenceNotice } from "./absence.tsx";
import { CodeEditor } from "./code-editor.tsx";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { draftKey } from "./draft-store.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { useEditing } from "./use-editing.ts";

const MODES = ["source", "preview"] as const;

interface TextEditorProps {
  workspace: Workspace;
  place: Place;
  path: string;
  file: OpenedText;
  /** Why `file` is not the current content. */
  absence: Absence | null;
}

export function TextEditor({ workspace, place, path, file, absence }: TextEditorProps) {
  const key = draftKey(useActor().id, place.workspaceId, place.root, path);
  const previewKind = previewKindOf(path);
  const [mode, setMode] = useKept(`file-mode:${key}`, MODES, "source");
  const isPreviewed = previewKind !== null && mode === "preview";
  const isReadOnly = workspace.status === "deleted" || workspace.status === "deleting";
  const editing = useEditing({ place, path, file, isAbsent: absence !== null, isReadOnly, draftKey: key });
  const { text, edition, conflict, isDirty } = editing;
  const [isReviewing, setIsReviewing] = useState(false);
  const name = baseName(path);
  // Without a known current version there is nothing to compare with.
  const canReview = isDirty && (absence === null || absence.kind === "gone");

  const saveReviewed = async () => {
    // Closes the review: a conflict opens its own comparison on top of it.
    if ((await editing.save()) !== "failed") setIsReviewing(false);
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-1 border-b border-line py-1 pr-1 pl-3">
        <p className="min-w-0 flex-1 truncate text-[13px] text-ink-faint" title={`${place.root}${path}`}>
          {place.root}
          {path}
          {isDirty && <span className="text-warn"> · not saved</span>}
        </p>
        {previewKind !== null && (
          <Button
            size="small"
            kind="quiet"
            aria-pressed={isPreviewed}
            onClick={() => setMode(isPreviewed ? "source" : "preview")}
            icon={<Eye aria-hidden className="size-4" />}
            className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            Preview
          </Button>
        )}
        {canReview && (
          <IconButton label="Review changes" onClick={() => setIsReviewing(true)}>
            <FileDiff aria-hidden />
          </IconButton>
        )}
        <Button
          size="small"
          kind={isDirty ? "primary" : "plain"}
          disabled={!editing.canSave}
          isBusy={editing.isSaving}
          onClick={() => void editing.save()}
          icon={<Save aria-hidden className="size-4" />}
        >
          Save
        </Button>
      </div>
      {absence && <AbsenceNotice name={name} absence={absence} isDirty={isDirty} />}
      {isPreviewed && (
        <div className="min-h-0 flex-1">
          <TextPreview key={path} kind={previewKind} place={place} path={path} text={text} />
        </div>
      )}
      <div hidden={isPreviewed} className="min-h-0 flex-1">
        <CodeEditor
          key={edition.number}
          label={`${name}, text`}
          fileName={name}
          lineSeparator={file.lineSeparator}
          initialText={edition.text}
          memoryKey={key}
          isReadOnly={isReadOnly}
          onChange={editing.onChange}
          onSave={() => void editing.save()}
          // Synchronously, because the editor can scroll to a line only after it has rendered.
          onGoToLine={() => flushSync(() => setMode("source"))}
        />
      </div>
      {isReviewing && (
        <ReviewDialog
          path={path}
          lineSeparator={file.lineSeparator}
          before={absence === null ? file.text : ""}
          after={text}
          isSaving={editing.isSaving}
          onSave={() => void saveReviewed()}
          onDiscard={() => {
            setIsReviewing(false);
            editing.discard();
          }}
          onClose={() => setIsReviewing(false)}
          returnFocus={() => focusTarget(FOCUS_TARGETS.fileEditor)}
        />
      )}
      {conflict && (
        <ConflictDialog
          path={path}
          lineSeparator={file.lineSeparator}
          mine={text}
          conflict={conflict}
          isSaving={editing.isSaving}
          onSave={(merged) => void editing.saveOver(conflict.theirs, merged)}
          onTakeTheirs={() => editing.take(conflict.theirs)}
          onClose={editing.putOff}
          returnFocus={() => focusTarget(FOCUS_TARGETS.fileEditor)}
        />
      )}
    </div>
  );
}
