"use client";

import { Button } from "../ui/button.tsx";
import { ChangeList, type SettingChange } from "./change-list.tsx";

interface SaveBarProps {
  changes: readonly SettingChange[];
  /** False while the form has an invalid value. */
  canSave: boolean;
  isSaving: boolean;
  isRestarting: boolean;
  onDiscard: () => void;
  /** Set only when a restart would apply changes and is allowed. */
  onSaveAndRestart?: (() => void) | undefined;
}

/** The pending changes and the buttons to save them. Belongs in a form with Save as its submit; empty without changes. */
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
