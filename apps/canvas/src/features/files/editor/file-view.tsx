"use client";

import type { Workspace } from "@berth/domain";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import { useOpenedFile } from "../queries.ts";
import { FilePreview } from "./file-preview.tsx";

const Loading = ({ label }: { label: string }) => (
  <div className="p-4">
    <SkeletonLines lines={8} label={label} />
  </div>
);

const TextEditor = lazyPart(() => import("./text-editor.tsx").then((module) => module.TextEditor), {
  waiting: <Loading label="Loading the editor" />,
});

const LargeFile = lazyPart(() => import("../window/large-file.tsx").then((module) => module.LargeFile), {
  waiting: <Loading label="Loading the file" />,
});

/** One opened file: an editor for text, a window onto a large one, a preview or a download for the rest. */
export function FileView({ workspace, place, path }: { workspace: Workspace; place: Place; path: string }) {
  const file = useOpenedFile(place, path);
  if (file.error) {
    return (
      <ErrorNotice
        className="m-3"
        error={file.error}
        onRetry={() => void file.refetch()}
        isRetrying={file.isFetching}
      />
    );
  }
  if (!file.data) return <Loading label={`Loading ${baseName(path)}`} />;
  if (file.data.kind === "text") {
    return <TextEditor key={`${place.root}${path}`} workspace={workspace} place={place} path={path} file={file.data} />;
  }
  if (file.data.kind === "large") {
    return <LargeFile key={`${place.root}${path}`} place={place} path={path} size={file.data.size} />;
  }
  return <FilePreview place={place} path={path} file={file.data} />;
}
