"use client";

import { useEffect, useRef, useState } from "react";
import { useTRPCClient } from "#shared/api/trpc.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { type OpenedText, savedText, useRememberFile, useWriteFile } from "../queries.ts";
import { getDraft, setDraft, useDraft } from "./drafts.ts";
import { conditionOf, isConflict, lookAtTheirs, NOTHING_THERE, type Theirs } from "./theirs.ts";

/** A version somebody else saved, and how many there were of them while the question about it stands. */
export interface Conflict {
  theirs: Theirs;
  round: number;
}

/** What became of a save: it is there, somebody is asked about another version, or it was said why not. */
type Outcome = "saved" | "asked" | "failed";

interface EditingOptions {
  place: Place;
  path: string;
  /** The version the edits are made from. */
  file: OpenedText;
  /** Nothing is there to compare with, so whatever is typed counts as not saved. */
  isAbsent: boolean;
  isReadOnly: boolean;
  /** Under which unsaved text is kept. */
  draftKey: string;
}

/** The text of an opened file while it is edited: what is typed, what is kept of it, and what becomes of a save. */
export function useEditing({ place, path, file, isAbsent, isReadOnly, draftKey: key }: EditingOptions) {
  const client = useTRPCClient();
  const draft = useDraft(key);
  const write = useWriteFile();
  const rememberFile = useRememberFile(place, path);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const name = baseName(path);

  const text = draft?.text ?? file.text;
  // What the editor starts with; a new edition when the text comes from elsewhere than the keyboard.
  const [edition, setEdition] = useState({ number: 0, text });
  /** What the editor holds now. */
  const held = useRef(text);
  const startAnewWith = (next: string) => {
    if (held.current === next) return;
    held.current = next;
    setEdition(({ number }) => ({ number: number + 1, text: next }));
  };

  // The file changed in the workspace and nothing here is unsaved: what is there now is what is shown.
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

  /** A conflict becomes a question; whatever else happens is said. In both cases nothing is written. */
  const send = async (content: string, ifMatch: string): Promise<Outcome> => {
    setIsSaving(true);
    try {
      const written = await write.mutateAsync({ ...place, path, content, ifMatch });
      rememberFile(savedText(content, file.lineSeparator, written));
      // Typing goes on while a save is on its way: what is newer than it stays unsaved, based on the new version.
      const now = getDraft(key);
      setDraft(key, now && now.text !== content ? { text: now.text, etag: written.etag } : null);
      setConflict(null);
      return "saved";
    } catch (error) {
      if (isConflict(error)) return await askAboutTheirs();
      notifyError(error, `${name} was not saved.`);
      return "failed";
    } finally {
      setIsSaving(false);
    }
  };

  const askAboutTheirs = async (): Promise<Outcome> => {
    try {
      const theirs = await lookAtTheirs(client, place, path);
      setConflict((before) => ({ theirs, round: (before?.round ?? 0) + 1 }));
      return "asked";
    } catch (error) {
      const what = `${name} was changed by somebody else, and what is there cannot be read now. Nothing was saved.`;
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
    /** Saves what is typed, if that is still based on what is there. */
    save: async (): Promise<Outcome> => {
      if (!canSave || isSaving) return "failed";
      // That it was deleted is said above the text: then saving means to put it there again.
      const ifMatch = file.isGone ? NOTHING_THERE : (draft?.etag ?? file.etag);
      const outcome = await send(text, ifMatch);
      if (outcome === "saved") notifyDone(`${name} saved.`);
      return outcome;
    },
    discard: () => {
      setDraft(key, null);
      startAnewWith(file.text);
    },
    /** Saves a text over the version that was shown, and over no other. */
    saveOver: async (theirs: Theirs, merged: string) => {
      const ifMatch = conditionOf(theirs);
      if (ifMatch === null) return;
      // First, so that what was merged is kept whatever becomes of the save.
      setDraft(key, { text: merged, etag: ifMatch });
      startAnewWith(merged);
      await send(merged, ifMatch);
    },
    /** Takes what is saved for what is shown, and forgets the draft. */
    take: (theirs: Theirs) => {
      if (theirs.kind === "gone") return;
      setDraft(key, null);
      setConflict(null);
      rememberFile(theirs.file);
      if (theirs.kind === "text") startAnewWith(theirs.file.text);
    },
    putOff: () => setConflict(null),
  };
}
