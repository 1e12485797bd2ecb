"use client";

import { useEffect, useRef, useState } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { type OpenedText, savedText, useRememberFile, useWriteFile } from "../queries.ts";
import { getDraft, setDraft, useDraft } from "./draft-store.ts";
import { conditionOf, IF_NONE_EXISTS, isConflict, readTheirs, type Theirs } from "./theirs.ts";

/** A version from another save, and how many there have been since the dialog opened. */
export interface Conflict {
  theirs: Theirs;
  round: number;
}

/** The outcome of a save: saved, a conflict dialog opened, or an error was shown. */
type Outcome = "saved" | "asked" | "failed";

interface EditingOptions {
  place: Place;
  path: string;
  /** The version the edits are based on. */
  file: OpenedText;
  /** There is nothing to compare with, so any text counts as unsaved. */
  isAbsent: boolean;
  isReadOnly: boolean;
  /** The storage key of the unsaved text. */
  draftKey: string;
}

/** The text of an open file during editing: input, draft and saving. */
export function useEditing({ place, path, file, isAbsent, isReadOnly, draftKey: key }: EditingOptions) {
  const client = useTRPCClient();
  const draft = useDraft(key);
  const write = useWriteFile();
  const rememberFile = useRememberFile(place, path);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const name = baseName(path);

  const text = draft?.text ?? file.text;
  // The editor's initial text; a new edition whenever the text changes other than by typing.
  const [edition, setEdition] = useState({ number: 0, text });
  /** The editor's current text. */
  const held = useRef(text);
  const restartWith = (next: string) => {
    if (held.current === next) return;
    held.current = next;
    setEdition(({ number }) => ({ number: number + 1, text: next }));
  };

  // The file changed in the workspace and nothing is unsaved here, so show the new content.
  useEffect(() => {
    if (getDraft(key) !== null || held.current === file.text) return;
    held.current = file.text;
    setEdition(({ number }) => ({ number: number + 1, text: file.text }));
  }, [key, file.text]);

  const isDirty = draft !== null && (isAbsent || draft.text !== file.text);
  const canSave = (isDirty || file.isGone) && !isReadOnly;

  const onChange = (next: string) => {
    held.current = next;
    const isAsSaved = next === file.text && !isAbsent;
    setDraft(key, isAsSaved ? null : { text: next, etag: getDraft(key)?.etag ?? file.etag });
  };

  /** A conflict opens the dialog; any other error is shown. Neither writes anything. */
  const send = async (content: string, ifMatch: string): Promise<Outcome> => {
    setIsSaving(true);
    try {
      const written = await write.mutateAsync({ ...place, path, content, ifMatch });
      rememberFile(savedText(content, file.lineSeparator, written));
      // Typing continues during a save: newer text stays unsaved, based on the new version.
      const now = getDraft(key);
      setDraft(key, now && now.text !== content ? { text: now.text, etag: written.etag } : null);
      setConflict(null);
      return "saved";
    } catch (error) {
      if (isConflict(error)) return await askAboutTheirs();
      notifyError(error, `Could not save ${name}.`);
      return "failed";
    } finally {
      setIsSaving(false);
    }
  };

  const askAboutTheirs = async (): Promise<Outcome> => {
    try {
      const theirs = await readTheirs(client, place, path);
      setConflict((before) => ({ theirs, round: (before?.round ?? 0) + 1 }));
      return "asked";
    } catch (error) {
      const what = `${name} has changed since you opened it, and its current content cannot be read. Nothing was saved.`;
      notifyError(error, what);
      return "failed";
    }
  };

  return {
    text,
    edition,
    isDirty,
    canSave,
    isSaving,
    conflict,
    onChange,
    /** Saves the text if its base is still the current version. */
    save: async (): Promise<Outcome> => {
      if (!canSave || isSaving) return "failed";
      // The absence note above the text says that the file was deleted, so this save creates it again.
      const ifMatch = file.isGone ? IF_NONE_EXISTS : (draft?.etag ?? file.etag);
      const outcome = await send(text, ifMatch);
      if (outcome === "saved") notifyDone(`${name} saved.`);
      return outcome;
    },
    discard: () => {
      setDraft(key, null);
      restartWith(file.text);
    },
    /** Overwrites only the version that was shown. */
    saveOver: async (theirs: Theirs, merged: string) => {
      const ifMatch = conditionOf(theirs);
      if (ifMatch === null) return;
      // Kept first, so that merged text survives a failed save.
      setDraft(key, { text: merged, etag: ifMatch });
      restartWith(merged);
      await send(merged, ifMatch);
    },
    /** Shows the saved version and discards the draft. */
    take: (theirs: Theirs) => {
      if (theirs.kind === "gone") return;
      setDraft(key, null);
      setConflict(null);
      rememberFile(theirs.file);
      if (theirs.kind === "text") restartWith(theirs.file.text);
    },
    putOff: () => setConflict(null),
  };
}
