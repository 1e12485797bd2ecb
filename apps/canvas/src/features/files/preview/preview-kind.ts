export type PreviewKind = "markdown" | "table";

/** The preview that a file's name allows besides its source. */
export function previewKindOf(name: string): PreviewKind | null {
  if (/\.(md|markdown)$/i.test(name)) return "markdown";
  return /\.(csv|tsv)$/i.test(name) ? "table" : null;
}
