export type PreviewKind = "markdown" | "table";

/** The preview that a file offers in addition to its source, by its name. */
export function previewKindOf(name: string): PreviewKind | null {
  if (/\.(md|markdown)$/i.test(name)) return "markdown";
  return /\.(csv|tsv)$/i.test(name) ? "table" : null;
}
