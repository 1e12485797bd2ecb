"use client";

import { type Dispatch, type SetStateAction, useEffect, useState } from "react";
import { useActor } from "../session/actor.tsx";
import { forgetLocal, readLocal, writeLocal } from "../storage/local.ts";
import { editsOf, withoutSaved } from "./edits.ts";

/**
 * What is edited in a form and not saved yet: a person's own, per workspace, kept over a reload and a look at another
 * workspace. Only what differs from what is saved is kept, so an edit never undoes what others did to the rest.
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
