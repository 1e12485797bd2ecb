"use client";

import { historyField } from "@codemirror/commands";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { FOCUS_TARGETS, registerFocusTarget } from "#shared/focus/focus-registry.ts";
import { recallEditor, rememberEditor } from "./editor-memory.ts";
import { lineCommand } from "./line-command.ts";
import { basics, languageFor } from "./setup.ts";

export interface CodeEditorProps {
  /** The editor's accessible name. */
  label: string;
  fileName: string;
  lineSeparator: string;
  /** The initial text. Later changes of this prop are ignored: the open editor owns its text. */
  initialText: string;
  /** The key under which undo history and cursor are kept. */
  memoryKey: string;
  isReadOnly: boolean;
  onChange: (text: string) => void;
  onSave: () => void;
  /** Called when a requested line is about to be shown. */
  onGoToLine: () => void;
}

const KEPT_FIELDS = { history: historyField };
export function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const { memoryKey } = props;
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (!host.current) return;
    const { initialText, fileName, label } = latest.current;
    const language = new Compartment();
    const kept = recallEditor(memoryKey);
    const listener = EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.sliceDoc());
    });
    const save = () => {
      latest.current.onSave();
      return true;
    };
    const own = [
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorState.readOnly.of(latest.current.isReadOnly),
      EditorView.editable.of(!latest.current.isReadOnly),
      keymap.of([{ key: "Mod-s", preventDefault: true, run: save }]),
      language.of([]),
      listener,
    ];
    const extensions = [own, basics(latest.current.lineSeparator)];
    // The kept state applies only to the same text: a file reloaded from the server starts afresh.
    const isKept = kept?.text === initialText;
    const state = isKept
      ? EditorState.fromJSON(kept.state, { extensions }, KEPT_FIELDS)
      : EditorState.create({ doc: initialText, extensions });
    const view = new EditorView({ state, parent: host.current });
    editor.current = view;
    const unregister = registerFocusTarget(FOCUS_TARGETS.fileEditor, view.contentDOM);
    if (isKept) requestAnimationFrame(() => view.scrollDOM.scrollTo({ top: kept.scrollTop }));
    let isDestroyed = false;
    void languageFor(fileName).then((extension) => {
      if (!isDestroyed && extension) view.dispatch({ effects: language.reconfigure(extension) });
    });
    return () => {
      isDestroyed = true;
      unregister();
      rememberEditor(memoryKey, {
        text: view.state.sliceDoc(),
        state: view.state.toJSON(KEPT_FIELDS),
        scrollTop: view.scrollDOM.scrollTop,
      });
      view.destroy();
    };
    // One editor per file: `memoryKey` identifies it, and everything else is read through refs.
  }, [memoryKey]);

  const showLine = (line: number) => {
    if (!editor.current) return;
    latest.current.onGoToLine();
    goToLine(editor.current, line);
  };
  usePendingCommand(
    lineCommand,
    // A frame later, because the editor measures itself first.
    ({ line }) => requestAnimationFrame(() => showLine(line)),
    ({ fileKey }) => fileKey === memoryKey,
  );

  return <div ref={host} className="h-full min-h-0 overflow-hidden" />;
}

/** Moves the cursor to a line and centres it. A line beyond the end becomes the last one. */
function goToLine(view: EditorView, wanted: number): void {
  const { from } = view.state.doc.line(Math.min(Math.max(1, wanted), view.state.doc.lines));
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}
