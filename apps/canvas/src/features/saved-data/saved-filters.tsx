"use client";

import type { Volume } from "@berth/domain";
import { FilterBar, FilterChips } from "#shared/ui/filter-bar.tsx";
import { SAVED_DEFAULTS, type SavedState } from "#shared/url/saved-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { TONE_TEXT } from "#shared/workspace/status.ts";
import { stateCounts } from "./volume-filter.ts";
import { VOLUME_STYLES } from "./volume-status.ts";

const change = (part: Partial<SavedState>): void =>
  navigate((state) => ({ ...state, saved: { ...state.saved, ...part } }), "replace");

export const showAllVolumes = (): void => change(SAVED_DEFAULTS);

export function SavedFilters({ volumes, saved }: { volumes: readonly Volume[]; saved: SavedState }) {
  const { search, states } = saved;
  const choices = stateCounts(volumes, states).map(({ state, label, amount }) => {
    const { icon, tone } = VOLUME_STYLES[state];
    return { value: state, label, amount, icon, tint: TONE_TEXT[tone] };
  });
  return (
    <FilterBar
      searchLabel="Find by workspace or volume id"
      search={search}
      onSearch={(text) => change({ search: text })}
      onClear={search !== "" || states.length > 0 ? showAllVolumes : null}
    >
      <FilterChips legend="State" choices={choices} chosen={states} onChange={(chosen) => change({ states: chosen })} />
    </FilterBar>
  );
}
