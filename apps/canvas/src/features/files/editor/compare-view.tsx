"use client";

import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { basics, languageFor } from "./setup.ts";

export interface CompareViewProps {
  fileName: string;
  lineSeparator: string;
  left: { label: string; text: string };
  right: { label: string; text: string };
  /** Called with the right side whenever it is edited; without it both sides are for reading. */
  onRightChange?: (text: string) => void;
}

/** Two versions of a file side by side, with arrows that take a passage from the left to the right. */
export function CompareView(props: CompareViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const { left, right, fileName, lineSeparator, onRightChange } = latest.current;
    let view: MergeView | null = null;
    let isGone = false;
    void languageFor(fileName).then((language) => {
      if (isGone) return;
      const shared = [basics(lineSeparator), language ?? []];
      const fixed = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
      const listener = EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current.onRightChange?.(update.state.sliceDoc());
      });
      view = new MergeView({
        parent,
        a: { doc: left.text, extensions: [shared, fixed, named(left.label)] },
        b: { doc: right.text, extensions: [shared, onRightChange ? listener : fixed, named(right.label)] },
        collapseUnchanged: { margin: 3, minSize: 6 },
        ...(onRightChange ? { revertControls: "a-to-b" as const } : {}),
      });
    });
    return () => {
      isGone = true;
      view?.destroy();
    };
  }, []);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="grid grid-cols-2 gap-2 border-b border-line px-3 py-1.5 text-[13px] font-medium">
        <span>{props.left.label}</span>
        <span>{props.right.label}</span>
      </div>
      <div ref={host} className="min-h-0 flex-1 overflow-auto" />
    </div>
  );
}

const named = (label: string) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
