"use client";

import { TriangleAlert } from "lucide-react";
import { formatBytes } from "#shared/text/format.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import type { OpenedFile, OpenedText } from "../queries.ts";

/** Why the shown text is not the file's current content. */
export type Absence =
  | { kind: "gone" }
  | { kind: "no-text"; file: Exclude<OpenedFile, OpenedText> }
  | { kind: "unread"; error: unknown; onRetry: () => void; isRetrying: boolean };

interface AbsenceNoticeProps {
  name: string;
  absence: Absence;
  /** Whether there is text that exists only here. */
  isDirty: boolean;
}

/** Explains above the text what happened to the file, and what saving would do. */
export function AbsenceNotice({ name, absence, isDirty }: AbsenceNoticeProps) {
  if (absence.kind === "unread") {
    return (
      <ErrorNotice className="m-2" error={absence.error} onRetry={absence.onRetry} isRetrying={absence.isRetrying} />
    );
  }
  return (
    <p role="status" className="flex gap-2 border-b border-warn/40 bg-warn-soft px-3 py-2 text-[13px]">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <span>
        {absence.kind === "no-text"
          ? `${name} ${describeNonText(absence.file)}. Your text is kept. Saving asks before it replaces the file.`
          : `${name} was deleted or moved. ${isDirty ? "Your text is kept" : "This is its last content"}. Saving creates the file again.`}
      </span>
    </p>
  );
}

/** Continues a sentence that begins with the file's name. */
export function describeNonText(file: Exclude<OpenedFile, OpenedText>): string {
  switch (file.kind) {
    case "large":
      return `is now too large to edit (${formatBytes(file.size)})`;
    case "other":
      return file.entryKind === "directory" ? "is now a folder" : "is no longer a file";
    default:
      return `is no longer text (${formatBytes(file.size)})`;
  }
}
