"use client";

import { useState } from "react";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { NameDialog } from "./name-dialog.tsx";
import { baseName, isWithin, joinPath, nameProblem, parentOf, segmentsOf } from "./paths.ts";
import type { useFileActions } from "./use-file-actions.ts";

/** Actions that open a dialog first. */
export type FileQuestion =
  | { kind: "new-file" | "new-folder"; folder: string }
  | { kind: "rename" | "move"; path: string }
  | { kind: "remove"; path: string; isFolder: boolean };

interface FileQuestionsProps {
  question: FileQuestion;
  root: string;
  actions: ReturnType<typeof useFileActions>;
  /** Shows an entry that was created or moved. */
  onShow: (path: string, isFile: boolean) => void;
  /** Renames or moves. */
  onMove: (from: string, to: string) => Promise<void>;
  /** `neighbour` is the entry next to the removed one. */
  onRemoved: (path: string, neighbour: string) => void;
  onClose: () => void;
  /** The element that takes the focus after a change. */
  landing: () => HTMLElement | null;
}

export function FileQuestions(props: FileQuestionsProps) {
  const { question, root, actions, onShow, onMove, onRemoved, onClose, landing } = props;
  switch (question.kind) {
    case "new-file":
    case "new-folder": {
      const isFile = question.kind === "new-file";
      const create = async (name: string) => {
        const path = joinPath(question.folder, name.trim());
        await (isFile ? actions.createFile(path) : actions.createFolder(path));
        onShow(path, isFile);
      };
      return (
        <NameDialog
          title={isFile ? "New file" : "New folder"}
          label={`Name in ${root}${question.folder === "/" ? "" : question.folder}`}
          start=""
          confirmLabel="Create"
          validate={(name) => nameProblem(name.trim())}
          onConfirm={create}
          onClose={onClose}
          landing={landing}
        />
      );
    }
    case "rename": {
      const { path } = question;
      const rename = async (name: string) => {
        const to = joinPath(parentOf(path), name);
        if (to !== path) await onMove(path, to);
      };
      return (
        <NameDialog
          title={`Rename ${baseName(path)}`}
          label="New name"
          start={baseName(path)}
          confirmLabel="Rename"
          validate={nameProblem}
          onConfirm={rename}
          onClose={onClose}
          landing={landing}
        />
      );
    }
    case "move": {
      const { path } = question;
      const move = async (target: string) => {
        const to = `/${segmentsOf(target).join("/")}`;
        if (to !== path) await onMove(path, to);
      };
      return (
        <NameDialog
          title={`Move ${baseName(path)}`}
          label={`New path in ${root}`}
          hint="The folder must exist."
          start={path}
          confirmLabel="Move"
          validate={(target) => targetProblem(path, target)}
          onConfirm={move}
          onClose={onClose}
          landing={landing}
        />
      );
    }
    case "remove":
      return <RemoveDialog {...{ question, actions, onRemoved, onClose, landing }} />;
  }
}

function targetProblem(path: string, target: string): string | null {
  const names = segmentsOf(target);
  if (names.length === 0) return "Enter a path.";
  const to = `/${names.join("/")}`;
  if (to !== path && isWithin(to, path)) return "A folder cannot be moved into itself.";
  return names.map(nameProblem).find((problem) => problem !== null) ?? null;
}

interface RemoveDialogProps extends Pick<FileQuestionsProps, "actions" | "onRemoved" | "onClose" | "landing"> {
  question: Extract<FileQuestion, { kind: "remove" }>;
}

function RemoveDialog({ question, actions, onRemoved, onClose, landing }: RemoveDialogProps) {
  const { path, isFolder } = question;
  const [isBusy, setIsBusy] = useState(false);
  const name = baseName(path);
  const remove = async () => {
    setIsBusy(true);
    try {
      onRemoved(path, await actions.removePath(path, isFolder));
      notifyDone(`${name} deleted.`);
      onClose();
    } catch (error) {
      notifyError(error, `Could not delete ${name}.`);
      setIsBusy(false);
    }
  };
  return (
    <ConfirmDialog
      isOpen
      title={`Delete ${name}?`}
      confirmLabel="Delete"
      isDangerous
      isBusy={isBusy}
      onConfirm={() => void remove()}
      onClose={onClose}
      landing={landing}
    >
      {isFolder ? "The folder and everything in it will be deleted. " : "The file will be deleted. "}This cannot be
      undone.
    </ConfirmDialog>
  );
}
