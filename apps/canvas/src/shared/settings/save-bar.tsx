"use client";

import { Button } from "../ui/button.tsx";
import { ChangeList, type SettingChange } from "./change-list.tsx";

interface SaveBarProps {
  changes: readonly SettingChange[];
  /** False while something in the form cannot be saved. */
  canSave: boolean;
  isSaving: boolean;
  isRestarting: boolean;
  onDiscard: () => void;
  /** Only where a restart would make a difference, and may be asked for. */
  onSaveAndRestart?: (() => void) | undefined;
}

/** What saving changes, and the ways to do it. Stands in a form whose submit is Save; nothing while nothing is changed. */
export function SaveBar({ changes, canSave, isSaving, isRestarting, onDiscard, onSaveAndRestart }: SaveBarProps) {
  if (changes.length === 0) return null;
  return (
    <div className="sticky bottom-0 border-t border-line bg-raised px-4 py-3">
      <ChangeList changes={changes} />
      <div className="mt-3 flex flex-wrap justify-end gap-2">
        <Button kind="quiet" onClick={onDiscard}>
          Discard
        </Button>
        <Button type="submit" kind={onSaveAndRestart ? "plain" : "primary"} disabled={!canSave} isBusy={isSaving}>
          Save
        </Button>
        {onSaveAndRestart && (
          <Button kind="primary" disabled={!canSave} isBusy={isSaving || isRestarting} onClick={onSaveAndRestart}>
            Save and restart
          </Button>
        )}
      </div>
    </div>
  );
}
