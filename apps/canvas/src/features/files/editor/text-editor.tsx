"use client";

import type { Workspace } from "@berth/domain";
import { FileDiff, Save } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { problemOf } from "#shared/api/problem.ts";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { Button } from "#shared/ui/button.tsx";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { type OpenedText, openFile, useRememberSaved, useWriteFile } from "../queries.ts";
import { CodeEditor } from "./code-editor.tsx";
import { ConflictDialog, type Theirs } from "./conflict-dialog.tsx";
import { draftKey, getDraft, setDraft, useDraft } from "./drafts.ts";
import { ReviewDialog } from "./review-dialog.tsx";

interface TextEditorProps {
  workspace: Workspace;
  place: Place;
  path: string;
  file: OpenedText;
}

export function TextEditor({ workspace, place, path, file }: TextEditorProps) {
  const key = draftKey(useActor().id, place.workspaceId, place.root, path);
  const client = useTRPCClient();
  const draft = useDraft(key);
  const write = useWriteFile();
  const rememberSaved = useRememberSaved(place, path);
  const [isReviewing, setIsReviewing] = useState(false);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const editorHost = useRef<HTMLDivElement>(null);
  const editor = () => editorHost.current?.querySelector<HTMLElement>("[role=textbox]") ?? null;
  const isReadOnly = workspace.status === "deleted" || workspace.status === "deleting";

  const text = draft?.text ?? file.text;
  // What the editor starts with; a new edition when the text comes from elsewhere than the keyboard.
  const [edition, setEdition] = useState({ number: 0, text });
  /** What the editor holds now. */
  const held = useRef(text);
  const startAnewWith = (next: string) => {
    held.current = next;
    setEdition(({ number }) => ({ number: number + 1, text: next }));
  };

  // The file changed in the workspace and nothing here is unsaved: what is there now is what is shown.
  useEffect(() => {
    if (getDraft(key) !== null || held.current === file.text) return;
    held.current = file.text;
    setEdition(({ number }) => ({ number: number + 1, text: file.text }));
  }, [key, file.text]);

  const isDirty = draft !== null && draft.text !== file.text;

  const onChange = (next: string) => {
    held.current = next;
    setDraft(key, next === file.text ? null : { text: next, etag: getDraft(key)?.etag ?? file.etag });
  };

  const save = async (content: string, ifMatch: string | undefined) => {
    try {
      const written = await write.mutateAsync({
        ...place,
        path,
        content,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      rememberSaved(content, file.lineSeparator, written);
      // Typing goes on while a save is on its way: what is newer than it stays unsaved, based on the new version.
      const now = getDraft(key);
      setDraft(key, now && now.text !== content ? { text: now.text, etag: written.etag } : null);
      setTheirs(null);
      setIsReviewing(false);
      return true;
    } catch (error) {
      if (isConflict(error)) setTheirs(await readTheirs());
      else notifyError(error, `${baseName(path)} was not saved.`);
      return false;
    }
  };

  const readTheirs = async (): Promise<Theirs> => {
    try {
      const now = await openFile(client, place, path);
      return now.kind === "text" ? { text: now.text, etag: now.etag } : { text: null, etag: null };
    } catch {
      return { text: null, etag: null };
    }
  };

  const onSave = async () => {
    if (!isDirty || write.isPending || isReadOnly) return;
    if (await save(text, draft.etag)) notifyDone(`${baseName(path)} saved.`);
  };

  /** Takes the server's text for the editor, and forgets the draft. */
  const takeTheirs = ({ text: theirText, etag }: Theirs) => {
    if (theirText === null || etag === null) return;
    rememberSaved(theirText, file.lineSeparator, { etag, size: theirText.length });
    setDraft(key, null);
    setTheirs(null);
    startAnewWith(theirText);
  };

  const discard = () => {
    setDraft(key, null);
    setIsReviewing(false);
    startAnewWith(file.text);
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-1 border-b border-line py-1 pr-1 pl-3">
        <p className="min-w-0 flex-1 truncate text-[13px] text-ink-faint" title={`${place.root}${path}`}>
          {place.root}
          {path}
          {isDirty && <span className="text-warn"> · not saved</span>}
        </p>
        {isDirty && (
          <IconButton label="Review changes" onClick={() => setIsReviewing(true)}>
            <FileDiff aria-hidden />
          </IconButton>
        )}
        <Button
          size="small"
          kind={isDirty ? "primary" : "plain"}
          disabled={!isDirty || isReadOnly}
          isBusy={write.isPending}
          onClick={() => void onSave()}
          icon={<Save aria-hidden className="size-4" />}
        >
          Save
        </Button>
      </div>
      <div ref={editorHost} className="min-h-0 flex-1">
        <CodeEditor
          key={edition.number}
          label={`${baseName(path)}, text`}
          fileName={baseName(path)}
          lineSeparator={file.lineSeparator}
          initialText={edition.text}
          memoryKey={key}
          isReadOnly={isReadOnly}
          onChange={onChange}
          onSave={() => void onSave()}
        />
      </div>
      {isReviewing && (
        <ReviewDialog
          path={path}
          lineSeparator={file.lineSeparator}
          before={file.text}
          after={text}
          isSaving={write.isPending}
          onSave={() => void onSave()}
          onDiscard={discard}
          onClose={() => setIsReviewing(false)}
          returnFocus={editor}
        />
      )}
      {theirs && (
        <ConflictDialog
          path={path}
          lineSeparator={file.lineSeparator}
          mine={text}
          theirs={theirs}
          isSaving={write.isPending}
          onSave={async (merged) => {
            setDraft(key, { text: merged, etag: theirs.etag ?? file.etag });
            // Nothing there any more, or nothing that is text: it is written anew without a condition, as was chosen.
            if (await save(merged, theirs.etag ?? undefined)) startAnewWith(merged);
          }}
          onTakeTheirs={() => takeTheirs(theirs)}
          onClose={() => setTheirs(null)}
          returnFocus={editor}
        />
      )}
    </div>
  );
}

const isConflict = (error: unknown): boolean =>
  ["etag_mismatch", "precondition_failed"].includes(problemOf(error)?.code ?? "");
