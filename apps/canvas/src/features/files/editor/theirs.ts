import type { ApiClient } from "#shared/api/client.ts";
import { problemOf } from "#shared/api/problem.ts";
import type { Place } from "../file-url.ts";
import { isNotThere, type OpenedFile, type OpenedText, openFile } from "../queries.ts";

/** What is saved in the workspace meanwhile, when it is not what the edits were made from. */
export type Theirs =
  | { kind: "text"; file: OpenedText }
  /** A file that cannot be compared: no text any more, or too much of it. */
  | { kind: "no-text"; file: Exclude<OpenedFile, OpenedText | { kind: "other" }> }
  /** A folder, a socket: nothing a text could be written over. */
  | { kind: "no-file"; file: Extract<OpenedFile, { kind: "other" }> }
  | { kind: "gone" };

/** @throws whatever kept it from being looked at: then nobody knows, and nothing may be written. */
export async function lookAtTheirs(client: ApiClient, place: Place, path: string): Promise<Theirs> {
  try {
    const file = await openFile(client, place, path);
    if (file.kind === "text") return { kind: "text", file };
    return file.kind === "other" ? { kind: "no-file", file } : { kind: "no-text", file };
  } catch (error) {
    if (isNotThere(error)) return { kind: "gone" };
    throw error;
  }
}

/** Asks of a write that nothing is there. */
export const NOTHING_THERE = "*";

/** What a write over this version asks for: that it is still the one that was shown. Null: it cannot be written over. */
export function conditionOf(theirs: Theirs): string | null {
  switch (theirs.kind) {
    case "gone":
      return NOTHING_THERE;
    case "no-file":
      return null;
    default:
      return theirs.file.etag;
  }
}

/** Somebody else was there first. */
export const isConflict = (error: unknown): boolean =>
  ["etag_mismatch", "precondition_failed"].includes(problemOf(error)?.code ?? "");
