"use client";

import { ArrowLeft, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { arrowKeysIn } from "#shared/focus/arrow-keys.ts";
import { FOCUS_TARGETS, useFocusTarget } from "#shared/focus/focus-registry.ts";
import { useActor } from "#shared/session/actor.tsx";
import { cx } from "#shared/ui/cx.ts";
import { IconButton } from "#shared/ui/icon-button.tsx";
import { baseName } from "../paths.ts";
import { draftKey, useDraft } from "./draft-store.ts";
import { isSameFile, type OpenFile } from "./open-file-store.ts";

interface FileTabsProps {
  workspaceId: string;
  files: readonly OpenFile[];
  active: OpenFile | null;
  onSelect: (file: OpenFile) => void;
  onClose: (file: OpenFile) => void;
  /** Returns to the tree on screens too narrow for both. */
  onBack: () => void;
}

/** The open files. A toolbar instead of tabs, so that each close button is focusable. */
export function FileTabs({ workspaceId, files, active, onSelect, onClose, onBack }: FileTabsProps) {
  const names = files.map(({ root, path }) => FOCUS_TARGETS.fileTab(root, path));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons; a fieldset would not scroll sideways.
    <div role="group" aria-label="Open files" className="flex shrink-0 overflow-x-auto border-b border-line bg-sunken">
      {active && (
        <IconButton label="All files" onClick={onBack} className="@2xl:hidden">
          <ArrowLeft aria-hidden />
        </IconButton>
      )}
      {files.map((file) => (
        <FileTab
          key={`${file.root}${file.path}`}
          workspaceId={workspaceId}
          file={file}
          isActive={active !== null && isSameFile(active, file)}
          names={names}
          onSelect={onSelect}
          onClose={onClose}
        />
      ))}
    </div>
  );
}

interface FileTabProps extends Pick<FileTabsProps, "workspaceId" | "onSelect" | "onClose"> {
  file: OpenFile;
  isActive: boolean;
  /** The focus targets of all tabs. */
  names: readonly string[];
}

function FileTab({ workspaceId, file, isActive, names, onSelect, onClose }: FileTabProps) {
  const isDirty = useDraft(draftKey(useActor().id, workspaceId, file.root, file.path)) !== null;
  const name = baseName(file.path);
  const tab = useRef<HTMLDivElement>(null);
  const target = FOCUS_TARGETS.fileTab(file.root, file.path);
  const button = useFocusTarget(target);
  useEffect(() => {
    if (isActive) tab.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isActive]);
  return (
    <div
      ref={tab}
      className={cx("flex shrink-0 items-center border-r border-line pl-3", isActive ? "bg-surface" : "text-ink-soft")}
    >
      <button
        type="button"
        ref={button}
        onKeyDown={arrowKeysIn(names, target)}
        aria-current={isActive || undefined}
        title={`${file.root}${file.path}`}
        onClick={() => onSelect(file)}
        onAuxClick={(event) => event.button === 1 && onClose(file)}
        className={cx("max-w-44 truncate py-1.5 text-[13px] -outline-offset-2", isActive && "font-medium")}
      >
        {name}
        {isDirty && <span className="text-warn"> ●</span>}
        {isDirty && <span className="sr-only"> not saved</span>}
      </button>
      <button
        type="button"
        aria-label={`Close ${name}`}
        onClick={() => onClose(file)}
        className="m-1 inline-flex size-6 items-center justify-center rounded hover:bg-ink/10"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </div>
  );
}
