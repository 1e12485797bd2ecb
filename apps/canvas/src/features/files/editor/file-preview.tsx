"use client";

import { Download, FileQuestion } from "lucide-react";
import { useState } from "react";
import { formatBytes } from "#shared/text/format.ts";
import { downloadUrl, fileUrl, type Place } from "../file-url.ts";
import { baseName } from "../paths.ts";
import type { OpenedFile } from "../queries.ts";

type Shown = Exclude<OpenedFile, { kind: "text" | "large" }>;

/** A binary file: shown if the browser can, and always available as a download. */
export function FilePreview({ place, path, file }: { place: Place; path: string; file: Shown }) {
  const [isBroken, setIsBroken] = useState(false);
  const isImage = file.kind === "image" && !isBroken;
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-3 overflow-auto p-6 text-center">
      {isImage ? (
        // biome-ignore lint/performance/noImgElement: the file comes from the workspace, so there is nothing to optimise.
        <img
          src={fileUrl(place, path)}
          alt={baseName(path)}
          onError={() => setIsBroken(true)}
          className="max-h-[60%] max-w-full rounded-md border border-line object-contain [image-rendering:auto]"
        />
      ) : (
        <FileQuestion aria-hidden className="size-8 text-ink-faint" />
      )}
      <p className="text-ink-soft">{sentence(file, isBroken)}</p>
      {file.kind !== "other" && (
        <a
          href={downloadUrl(place, path)}
          download={baseName(path)}
          className="inline-flex h-9 items-center gap-1.5 rounded-md border border-line-strong/60 px-3 font-medium hover:bg-sunken"
        >
          <Download aria-hidden className="size-4" />
          Download
        </a>
      )}
    </div>
  );
}

function sentence(file: Shown, isBroken: boolean): string {
  switch (file.kind) {
    case "image":
      return isBroken ? "This image cannot be shown." : `Image, ${formatBytes(file.size)}.`;
    case "binary":
      return `This is not UTF-8 text (${formatBytes(file.size)}), so it cannot be edited here.`;
    case "other":
      return file.entryKind === "directory"
        ? "This is a folder."
        : "This is a socket, pipe or device, not a readable file.";
  }
}
