"use client";

import type { Workspace } from "@berth/domain";
import { useActor } from "#shared/session/actor.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { isFileMissing, type OpenedFile, type OpenedText, useOpenedFile } from "../queries.ts";
import type { Absence } from "./absence.tsx";
import { type Draft, draftKey, useDraft } from "./draft-store.ts";
import { FilePreview } from "./file-preview.tsx";
import { lineSeparatorOf } from "./text-file.ts";

const Loading = ({ label }: { label: string }) => (
  <div className="p-4">
    <SkeletonLines lines={8} label={label} />
  </div>
);

const TextEditor = lazyPart(() => import("./text-editor.tsx").then((module) => module.TextEditor), {
  waiting: <Loading label="Loading editor" />,
});

const LargeFile = lazyPart(() => import("../window/large-file.tsx").then((module) => module.LargeFile), {
  waiting: <Loading label="Loading file" />,
});

interface FileViewProps {
  workspace: Workspace;
  place: Place;
  path: string;
}

/** One open file: an editor for text, a window onto a large one, a preview or a download for the rest. */
export function FileView({ workspace, place, path }: FileViewProps) {
  const file = useOpenedFile(place, path);
  const draft = useDraft(draftKey(useActor().id, place.workspaceId, place.root, path));
  const onRetry = () => void file.refetch();
  // With unsaved text, a version whose reload failed is still the one to compare with.
  const opened = file.error && !draft ? undefined : file.data;
  const absence = absenceOf(file.data, file.error, { onRetry, isRetrying: file.isFetching });

  // Unsaved text exists only here, so it is shown regardless of what happened to the file.
  const text = opened?.kind === "text" ? opened : absence && draft && madeFrom(draft, absence.kind === "gone");
  if (text) {
    return (
      <TextEditor
        key={`${place.root}${path}`}
        workspace={workspace}
        place={place}
        path={path}
        file={text}
        absence={absence}
      />
    );
  }
  if (file.error) {
    return <ErrorNotice className="m-3" error={file.error} onRetry={onRetry} isRetrying={file.isFetching} />;
  }
  if (!opened || opened.kind === "text") return <Loading label={`Loading ${baseName(path)}`} />;
  if (opened.kind === "large") {
    return <LargeFile key={`${place.root}${path}`} place={place} path={path} size={opened.size} />;
  }
  return <FilePreview place={place} path={path} file={opened} />;
}

/** Null while the file exists as text, or is loading. */
function absenceOf(
  file: OpenedFile | undefined,
  error: unknown,
  retry: { onRetry: () => void; isRetrying: boolean },
): Absence | null {
  if (error) return isFileMissing(error) ? { kind: "gone" } : { kind: "unread", error, ...retry };
  if (!file) return null;
  if (file.kind === "text") return file.isGone ? { kind: "gone" } : null;
  return { kind: "no-text", file };
}

/** Replaces the version a draft is based on when its text is no longer available. */
const madeFrom = ({ text, etag }: Draft, isGone: boolean): OpenedText => ({
  kind: "text",
  text: "",
  lineSeparator: lineSeparatorOf(text),
  etag,
  size: 0,
  isGone,
});
