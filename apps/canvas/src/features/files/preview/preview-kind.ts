export type PreviewKind = "markdown" | "table";

/** What a text can be shown as besides its source, by its name. */
export function previewKindOf(name: string): PreviewKind | null {
  if (/\.(md|markdown)$/i.test(name)) return "markdown";
  return /\.(csv|tsv)$/i.test(name) ? "table" : null;
}
