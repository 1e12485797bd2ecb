"use client";

import { useEffect, useRef } from "react";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { showToast } from "#shared/ui/toast.ts";
import { baseName, parentOf } from "./paths.ts";
import type { useFileActions } from "./use-file-actions.ts";

const UNDO_MILLISECONDS = 12_000;

/**
 * Renames or moves, and offers to undo it. The undo overwrites nothing: if the old path is taken, it says so.
 *
 * @param onMoved shows the entry at its new path, in both directions.
 */
export function useUndoableMove(
  { moveTo }: Pick<ReturnType<typeof useFileActions>, "moveTo">,
  onMoved: (from: string, to: string) => void,
): (from: string, to: string) => Promise<void> {
  // The toast outlives its render and perhaps the tree: then there is nothing to show.
  const latest = useRef({ moveTo, onMoved });
  useEffect(() => {
    latest.current = { moveTo, onMoved };
    return () => {
      latest.current = { moveTo, onMoved: () => {} };
    };
  });

  const moveBack = async (from: string, to: string) => {
    try {
      await latest.current.moveTo(to, from);
      latest.current.onMoved(to, from);
      notifyDone(`${baseName(from)} moved back.`);
    } catch (error) {
      notifyError(error, `Could not move ${baseName(to)} back.`);
    }
  };

  return async (from, to) => {
    await moveTo(from, to);
    onMoved(from, to);
    showToast({
      kind: "success",
      title: moveText(from, to),
      durationMilliseconds: UNDO_MILLISECONDS,
      action: { label: "Undo", onClick: () => void moveBack(from, to) },
    });
  };
}

export const moveText = (from: string, to: string): string =>
  parentOf(from) === parentOf(to)
    ? `${baseName(from)} renamed to ${baseName(to)}.`
    : `${baseName(from)} moved to ${to}.`;
