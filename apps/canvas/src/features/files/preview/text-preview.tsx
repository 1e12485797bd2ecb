"use client";

import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import type { Place } from "../file-url.ts";
import { baseName } from "../paths.ts";

export type PreviewKind = "markdown" | "table";

/** The preview that a file offers in addition to its source, by its name. */
export function previewKindOf(name: string): PreviewKind | null {
  if (/\.(md|markdown)$/i.test(name)) return "markdown";
  return /\.(csv|tsv)$/i.test(name) ? "table" : null;
}

const waiting = (
  <div className="p-4">
    <SkeletonLines lines={8} label="Loading preview" />
  </div>
);

const MarkdownPreview = lazyPart(() => import("./markdown-preview.tsx").then((module) => module.MarkdownPreview), {
  waiting,
});

const TablePreview = lazyPart(() => import("./table-preview.tsx").then((module) => module.TablePreview), { waiting });

interface TextPreviewProps {
  kind: PreviewKind;
  place: Place;
  path: string;
  /** The editor's text, saved or not. */
  text: string;
}

/** The rendered text. Its code loads with the first preview. */
export function TextPreview({ kind, place, path, text }: TextPreviewProps) {
  const name = baseName(path);
  return kind === "table" ? (
    <TablePreview name={name} text={text} />
  ) : (
    <MarkdownPreview place={place} path={path} name={name} text={text} />
  );
}
