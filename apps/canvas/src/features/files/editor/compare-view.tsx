"use client";

import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { basics, languageFor } from "./setup.ts";

interface Side {
  label: string;
  text: string;
  lineSeparator: string;
}

export interface CompareViewProps {
  fileName: string;
  left: Side;
  right: Side;
  /** Shows one column, for screens too narrow for two. */
  isNarrow: boolean;
  /** Called when the right side is edited; without it both sides are read-only. */
  onRightChange?: (text: string) => void;
}

interface Shown {
  /** Shows or folds the unchanged lines. */
  fold(isFolded: boolean): void;
  destroy(): void;
}

const COLLAPSED = { margin: 3, minSize: 6 };
const NEVER_COLLAPSED = { minSize: Number.POSITIVE_INFINITY };

/** Compares two versions of a file, with buttons that copy a passage from left to right. */
export function CompareView(props: CompareViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const shown = useRef<Shown | null>(null);
  const [isWhole, setIsWhole] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  /** The right side's text, kept for when the layout changes. */
  const right = useRef(props.right.text);
  const { isNarrow } = props;

  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    let isGone = false;
    void languageFor(latest.current.fileName).then((language) => {
      if (isGone) return;
      const { onRightChange } = latest.current;
      const onChange = (text: string) => {
        right.current = text;
        latest.current.onRightChange?.(text);
      };
      const versions = { ...latest.current, right: { ...latest.current.right, text: right.current } };
      const draw = isNarrow ? inOneColumn : sideBySide;
      shown.current = draw(parent, versions, language ?? [], onRightChange && onChange);
    });
    return () => {
      isGone = true;
      shown.current?.destroy();
      shown.current = null;
      setIsWhole(false);
    };
  }, [isNarrow]);

  /** Folded lines expand by pointer only; this button also works by keyboard. */
  const toggleWhole = () => {
    shown.current?.fold(isWhole);
    setIsWhole(!isWhole);
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div
        className={cx(
          "items-center gap-2 border-b border-line py-1 pr-1 pl-3 text-[13px] font-medium",
          // In one column, line colours show whose text it is; in two columns, the side does.
          isNarrow ? "flex" : "grid grid-cols-2",
        )}
      >
        <span className={isNarrow ? "rounded bg-bad-soft px-1.5" : undefined}>{props.left.label}</span>
        <div className="flex flex-1 items-center justify-between gap-2">
          <span className={isNarrow ? "rounded bg-ok-soft px-1.5" : "pl-6"}>{props.right.label}</span>
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

type Versions = Pick<CompareViewProps, "left" | "right">;
type OnChange = ((text: string) => void) | undefined;

const FIXED = [EditorState.readOnly.of(true), EditorView.editable.of(false)];

const rightSide = ({ label, lineSeparator }: Side, onChange: OnChange): Extension => [
  basics(lineSeparator),
  named(label),
  onChange ? EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.sliceDoc())) : FIXED,
];

function sideBySide(parent: HTMLElement, { left, right }: Versions, language: Extension, onChange: OnChange): Shown {
  const merge = new MergeView({
    parent,
    a: { doc: left.text, extensions: [basics(left.lineSeparator), language, FIXED, named(left.label)] },
    b: { doc: right.text, extensions: [rightSide(right, onChange), language] },
    collapseUnchanged: COLLAPSED,
    ...(onChange ? { revertControls: "a-to-b" as const, renderRevertControl: takeOver } : {}),
  });
  return {
    fold: (isFolded) => merge.reconfigure({ collapseUnchanged: isFolded ? COLLAPSED : NEVER_COLLAPSED }),
    destroy: () => merge.destroy(),
  };
}

function inOneColumn(parent: HTMLElement, { left, right }: Versions, language: Extension, onChange: OnChange): Shown {
  const stateOf = (doc: string, isFolded: boolean) =>
    EditorState.create({
      doc,
      extensions: [
        rightSide(right, onChange),
        language,
        EditorView.lineWrapping,
        unifiedMergeView({
          original: left.text,
          mergeControls: onChange ? takeHere : false,
          ...(isFolded ? { collapseUnchanged: COLLAPSED } : {}),
        }),
      ],
    });
  const view = new EditorView({ parent, state: stateOf(right.text, true) });
  return {
    fold: (isFolded) => view.setState(stateOf(view.state.sliceDoc(), isFolded)),
    destroy: () => view.destroy(),
  };
}

/** CodeMirror handles only pointer events, so a click by keyboard is forwarded as one. */
function takeOver(): HTMLElement {
  const button = labelled("→", "Use this change from the left");
  button.addEventListener("click", ({ detail }) => {
    if (detail === 0) button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  });
  return button;
}

/** Keeping one's own text needs no action, so that side gets no button. */
function takeHere(type: "reject" | "accept", take: (event: MouseEvent) => void): HTMLElement {
  if (type === "accept") return document.createElement("span");
  const button = labelled("Use this change");
  button.addEventListener("click", take);
  return button;
}

function labelled(text: string, label?: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  if (label !== undefined) {
    button.ariaLabel = label;
    button.title = label;
  }
  return button;
}

const named = (label: string) => EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
