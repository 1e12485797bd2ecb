"use client";

import { BACKEND_KINDS } from "@berth/domain";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL } from "#shared/ui/field.tsx";
import { FilterBar, FilterChips } from "#shared/ui/filter-bar.tsx";
import { LIST_DEFAULTS, type ListState } from "#shared/url/list-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { statusStyle, TONE_TEXT } from "#shared/workspace/status.ts";
import { KeptFiltersMenu } from "./kept-filters-menu.tsx";
import { type Row, statusCounts } from "./rows.ts";

/** Filters replace the current address, so they add no step to the back button. */
export const changeList = (change: Partial<ListState>): void =>
  navigate((state) => ({ ...state, list: { ...state.list, ...change } }), "replace");

export const clearFilters = (): void =>
  changeList({ search: LIST_DEFAULTS.search, statuses: LIST_DEFAULTS.statuses, backend: LIST_DEFAULTS.backend });

export const hasFilters = ({ search, statuses, backend }: ListState): boolean =>
  search !== "" || statuses.length > 0 || backend !== null;

/** Text, status and backend filters, all stored in the address. */
export function ListFilters({ rows, list }: { rows: readonly Row[]; list: ListState }) {
  const present = BACKEND_KINDS.filter((kind) => rows.some(({ node }) => node.backend === kind));
  const kinds = list.backend === null || present.includes(list.backend) ? present : [...present, list.backend];
  return (
    <FilterBar
      searchLabel="Find by name or role"
      search={list.search}
      onSearch={(search) => changeList({ search })}
      onClear={hasFilters(list) ? clearFilters : null}
    >
      {(kinds.length > 1 || list.backend !== null) && (
        <select
          aria-label="Backend"
          value={list.backend ?? ""}
          onChange={(event) => changeList({ backend: kinds.find((kind) => kind === event.target.value) ?? null })}
          className={cx(CONTROL, "pr-8")}
        >
          <option value="">All backends</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {BACKEND_NAMES[kind]}
            </option>
          ))}
        </select>
      )}
      <FilterChips
        legend="Status"
        choices={statusChoices(rows, list)}
        chosen={list.statuses}
        onChange={(statuses) => changeList({ statuses })}
      />
      <KeptFiltersMenu list={list} />
    </FilterBar>
  );
}

function statusChoices(rows: readonly Row[], { statuses: chosen }: ListState) {
  const counts = statusCounts(rows);
  // An active filter stays visible even without matches; otherwise an empty list would be unexplained.
  const absent = chosen.filter((status) => !counts.some((one) => one.status === status));
  const all = [...counts, ...absent.map((status) => ({ status, amount: 0 }))];
  return all.map(({ status, amount }) => {
    const { icon, tone, label } = statusStyle(status);
    return { value: status, label, amount, icon, tint: TONE_TEXT[tone] };
  });
}
