"use client";

import { Bookmark, BookmarkMinus, BookmarkPlus, Check } from "lucide-react";
import { useState } from "react";
import { useActor } from "#shared/session/actor.tsx";
import { readLocal, writeLocal } from "#shared/storage/local.ts";
import { Button } from "#shared/ui/button.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";
import { Menu, MenuItem, MenuSeparator } from "#shared/ui/menu.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { LIST_DEFAULTS, type ListState } from "#shared/url/list-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import {
  FILTER_NAME_CHARS_MAX,
  KEPT_FILTERS_MAX,
  type KeptFilter,
  keptAs,
  listOf,
  queryOf,
  readKept,
  withFilter,
  withoutFilter,
} from "./kept-filters.ts";

/** The list filters that a person has saved under a name. The chosen filter is in the address, so it can be shared. */
export function KeptFiltersMenu({ list }: { list: ListState }) {
  const [kept, change] = useKeptFilters();
  const [isNaming, setIsNaming] = useState(false);
  const current = keptAs(kept, list);
  const canKeep = !current && queryOf(list) !== queryOf(LIST_DEFAULTS) && kept.length < KEPT_FILTERS_MAX;
  if (kept.length === 0 && !canKeep) return null;
  return (
    <>
      <Menu
        label="Saved filters"
        align="start"
        trigger={
          <Button size="small" icon={<Bookmark aria-hidden className="size-3.5" />}>
            {current?.name ?? "Saved filters"}
          </Button>
        }
      >
        {kept.map((one) => (
          <MenuItem
            key={one.name}
            icon={one === current ? <Check aria-hidden /> : <span className="size-4 shrink-0" />}
            onSelect={() => navigate((state) => ({ ...state, list: listOf(one) }))}
          >
            {one.name}
          </MenuItem>
        ))}
        {kept.length > 0 && (canKeep || current) && <MenuSeparator />}
        {canKeep && (
          <MenuItem icon={<BookmarkPlus aria-hidden />} onSelect={() => setIsNaming(true)}>
            Save filters…
          </MenuItem>
        )}
        {current && (
          <MenuItem icon={<BookmarkMinus aria-hidden />} onSelect={() => change(withoutFilter(kept, current.name))}>
            Delete “{current.name}”
          </MenuItem>
        )}
      </Menu>
      {isNaming && (
        <NameDialog
          kept={kept}
          onClose={() => setIsNaming(false)}
          onName={(name) => {
            change(withFilter(kept, name, list));
            setIsNaming(false);
          }}
        />
      )}
    </>
  );
}

interface NameDialogProps {
  kept: readonly KeptFilter[];
  onName: (name: string) => void;
  onClose: () => void;
}

function NameDialog({ kept, onName, onClose }: NameDialogProps) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  return (
    <FormDialog
      onClose={onClose}
      title="Save filters"
      description="Saves text, statuses, backend and sort order in this browser."
      widthPixels={420}
      submitLabel="Save"
      canSubmit={name !== ""}
      onSubmit={() => onName(name)}
    >
      <TextField
        label="Name"
        maxLength={FILTER_NAME_CHARS_MAX}
        value={typed}
        hint={kept.some((one) => one.name === name) ? "Replaces the saved filters of this name." : undefined}
        onChange={(event) => setTyped(event.target.value)}
      />
    </FormDialog>
  );
}

/** Filters are per person, even when several people sign in to one browser. */
function useKeptFilters(): [KeptFilter[], (next: KeptFilter[]) => void] {
  const key = `berth.list-filters.${useActor().id}`;
  const [kept, setKept] = useState(() => readLocal(key, readKept) ?? []);
  const change = (next: KeptFilter[]) => {
    setKept(next);
    if (!writeLocal(key, next)) notifyError(new Error("This browser does not store data for this page."));
  };
  return [kept, change];
}
