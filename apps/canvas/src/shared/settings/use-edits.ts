"use client";

import { type Dispatch, type SetStateAction, useEffect, useState } from "react";
import { useActor } from "../session/actor.tsx";
import { forgetLocal, readLocal, writeLocal } from "../storage/local.ts";
import { editsOf, withoutSaved } from "./edits.ts";

/**
 * Unsaved edits of a form, per person and workspace, kept over reloads and visits to other workspaces. Only differences
 * from the saved values are kept, so an edit never reverts other people's changes.
 */
export function useEdits<T extends object>(
  form: string,
  workspaceId: string,
  saved: T,
): [Partial<T>, Dispatch<SetStateAction<Partial<T>>>] {
  const key = `berth:edits:${useActor().id}:${workspaceId}:${form}`;
  const [edits, setEdits] = useState<Partial<T>>(() => readLocal(key, (value) => editsOf(value, saved)) ?? {});
  const kept = JSON.stringify(withoutSaved(edits, saved));
  useEffect(() => {
    if (kept === "{}") forgetLocal(key);
    else writeLocal(key, JSON.parse(kept));
  }, [key, kept]);
  return [edits, setEdits];
}
