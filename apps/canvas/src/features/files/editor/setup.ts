import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  LanguageDescription,
  syntaxHighlighting,
} from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Colours are tokens, so both themes share one editor theme. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--rest)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--warn)" },
  { tag: [tags.comment, tags.meta], color: "var(--ink-faint)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.className, tags.typeName],
    color: "var(--accent)",
  },
  { tag: [tags.propertyName, tags.attributeName, tags.tagName], color: "var(--bad)" },
  { tag: tags.heading, fontWeight: "600", color: "var(--accent)" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

export const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "13px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-geist-mono), ui-monospace, monospace", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--ink) 5%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
  },
  ".cm-selectionMatch, .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--accent) 18%, transparent) !important",
  },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panel button, .cm-panel input": { fontSize: "13px" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--sunken)",
    border: "1px solid var(--line-strong)",
    color: "var(--ink)",
  },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "none", color: "var(--ink-faint)" },
  ".cm-changedText": { background: "color-mix(in srgb, var(--accent) 25%, transparent) !important" },
  ".cm-collapsedLines.cm-collapsedLines": { background: "var(--sunken)", color: "var(--ink-soft)", fontSize: "12px" },
  ".cm-collapsedLines.cm-collapsedLines::before, .cm-collapsedLines.cm-collapsedLines::after": { content: '"···"' },
  ".cm-chunkButtons.cm-chunkButtons button": {
    color: "var(--accent)",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line-strong)",
    padding: "2px 8px",
    fontSize: "13px",
  },
  ".cm-deletedChunk": { backgroundColor: "var(--bad-soft)" },
});

/** The base setup of every editor. Tab indents; Escape then Tab leaves, as in CodeMirror. */
export const basics = (lineSeparator: string): Extension => [
  EditorState.lineSeparator.of(lineSeparator),
  lineNumbers(),
  foldGutter(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  rectangularSelection(),
  indentOnInput(),
  bracketMatching(),
  highlightSelectionMatches(),
  search({ top: true }),
  syntaxHighlighting(COLOURS),
  keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, indentWithTab]),
  THEME,
];

/** Loads the language for a file name; nothing for an unknown extension. */
export async function languageFor(name: string): Promise<Extension | null> {
  const description = LanguageDescription.matchFilename(languages, name);
  try {
    return description ? await description.load() : null;
  } catch {
    // Plain text is better than no text.
    return null;
  }
}
