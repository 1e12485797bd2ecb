"use client";

import type { Volume } from "@berth/domain";
import { Search, X } from "lucide-react";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { INPUT } from "#shared/ui/field.tsx";
import { SAVED_DEFAULTS, type SavedState } from "#shared/url/saved-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { TONE_TEXT } from "#shared/workspace/status.ts";
import { stateCounts } from "./volume-filter.ts";
import { VOLUME_LOOKS } from "./volume-looks.ts";

const change = (part: Partial<SavedState>): void =>
  navigate((state) => ({ ...state, saved: { ...state.saved, ...part } }), "replace");

export const showAllVolumes = (): void => change(SAVED_DEFAULTS);

export function SavedFilters({ volumes, saved }: { volumes: readonly Volume[]; saved: SavedState }) {
  const { search, states } = saved;
  return (
    <search className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
      <div className="relative min-w-40 flex-1 basis-52 sm:max-w-72">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-ink-faint" />
        <input
          type="search"
          aria-label="Find by workspace or volume id"
          placeholder="Find by workspace or volume id"
          value={search}
          onChange={(event) => change({ search: event.target.value })}
          className={`${INPUT} pl-8`}
        />
      </div>
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">State</legend>
        {stateCounts(volumes, states).map(({ state, label, amount }) => {
          const isOn = states.includes(state);
          const { icon: Icon, tone } = VOLUME_LOOKS[state];
          return (
            <button
              key={state}
              type="button"
              aria-pressed={isOn}
              onClick={() => change({ states: isOn ? states.filter((one) => one !== state) : [...states, state] })}
              className={cx(
                "inline-flex h-8 items-center gap-1.5 rounded-full border px-2.5 text-[13px]",
                isOn ? "border-accent bg-accent-soft text-ink" : "border-line-strong/60 text-ink-soft hover:bg-ink/8",
              )}
            >
              <Icon aria-hidden className={cx("size-3.5", TONE_TEXT[tone])} />
              {label} <span className="tabular-nums">{amount}</span>
            </button>
          );
        })}
      </fieldset>
      {(search !== "" || states.length > 0) && (
        <Button size="small" kind="quiet" icon={<X aria-hidden className="size-3.5" />} onClick={showAllVolumes}>
          Clear filters
        </Button>
      )}
    </search>
  );
}
