import type { ApiClient } from "#shared/api/client.ts";
import { problemOf } from "#shared/api/problem.ts";
import type { Place } from "../file-url.ts";
import { isFileMissing, type OpenedFile, type OpenedText, openFile } from "../queries.ts";

/** The current content when it differs from the version the edits are based on. */
export type Theirs =
  | { kind: "text"; file: OpenedText }
  /** A file that cannot be compared: binary or too large. */
  | { kind: "no-text"; file: Exclude<OpenedFile, OpenedText | { kind: "other" }> }
  /** A folder or a socket, which text cannot overwrite. */
  | { kind: "no-file"; file: Extract<OpenedFile, { kind: "other" }> }
  | { kind: "gone" };

/** @throws any error of the read: the content is then unknown, and nothing may be overwritten. */
export async function readTheirs(client: ApiClient, place: Place, path: string): Promise<Theirs> {
  try {
    const file = await openFile(client, place, path);
    if (file.kind === "text") return { kind: "text", file };
    return file.kind === "other" ? { kind: "no-file", file } : { kind: "no-text", file };
  } catch (error) {
    if (isFileMissing(error)) return { kind: "gone" };
    throw error;
  }
}

/** The precondition that no file exists. */
export const IF_NONE_EXISTS = "*";

/** The precondition for overwriting this version: it is still the one shown. Null when it cannot be overwritten. */
export function conditionOf(theirs: Theirs): string | null {
  switch (theirs.kind) {
    case "gone":
      return IF_NONE_EXISTS;
    case "no-file":
      return null;
    default:
      return theirs.file.etag;
  }
}

/** True when another save came first. */
export const isConflict = (error: unknown): boolean =>
  ["etag_mismatch", "precondition_failed"].includes(problemOf(error)?.code ?? "");
