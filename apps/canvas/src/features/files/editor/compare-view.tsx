"use client";

import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { Button } from "#shared/ui/button.tsx";
import { basics, languageFor } from "./setup.ts";

export interface CompareViewProps {
  fileName: string;
  lineSeparator: string;
  left: { label: string; text: string };
  right: { label: string; text: string };
  /** Called with the right side whenever it is edited; without it both sides are for reading. */
  onRightChange?: (text: string) => void;
}

const COLLAPSED = { margin: 3, minSize: 6 };
const NEVER_COLLAPSED = { minSize: Number.POSITIVE_INFINITY };

/** Two versions of a file side by side, with arrows that take a passage from the left to the right. */
export function CompareView(props: CompareViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const merge = useRef<MergeView | null>(null);
  const [isWhole, setIsWhole] = useState(false);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const { left, right, fileName, lineSeparator, onRightChange } = latest.current;
    let isGone = false;
    void languageFor(fileName).then((language) => {
      if (isGone) return;
      const shared = [basics(lineSeparator), language ?? []];
      const fixed = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
      const listener = EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current.onRightChange?.(update.state.sliceDoc());
      });
      merge.current = new MergeView({
        parent,
        a: { doc: left.text, extensions: [shared, fixed, named(left.label)] },
        b: { doc: right.text, extensions: [shared, onRightChange ? listener : fixed, named(right.label)] },
        collapseUnchanged: COLLAPSED,
        ...(onRightChange ? { revertControls: "a-to-b" as const, renderRevertControl: takeOver } : {}),
      });
    });
    return () => {
      isGone = true;
      merge.current?.destroy();
      merge.current = null;
    };
  }, []);

  /** The lines that stand for unchanged ones open by pointer only; this does it for everybody. */
  const toggleWhole = () => {
    merge.current?.reconfigure({ collapseUnchanged: isWhole ? COLLAPSED : NEVER_COLLAPSED });
    setIsWhole(!isWhole);
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="grid grid-cols-2 items-center gap-2 border-b border-line py-1 pr-1 pl-3 text-[13px] font-medium">
        <span>{props.left.label}</span>
        <div className="flex items-center justify-between gap-2">
          <span>{props.right.label}</span>
          <Button
            size="small"
            kind="quiet"
            aria-pressed={isWhole}
            onClick={toggleWhole}
            className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            All lines
          </Button>
        </div>
      </div>
      <div ref={host} className="min-h-0 flex-1 overflow-auto" />
    </div>
  );
}

/** CodeMirror listens to the pointer alone, so a click that keys made is passed on as one. */
function takeOver(): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.ariaLabel = "Take this passage from the left";
  button.title = button.ariaLabel;
  button.textContent = "→";
  button.addEventListener("click", ({ detail }) => {
    if (detail === 0) button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  });
  return button;
}

const named = (label: string) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
