"use client";

import { BACKEND_KINDS, type WorkspaceStatus } from "@berth/domain";
import { Search, X } from "lucide-react";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { CONTROL, INPUT } from "#shared/ui/field.tsx";
import { LIST_DEFAULTS, type ListState } from "#shared/url/list-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { lookOf, TONE_TEXT } from "#shared/workspace/status.ts";
import { KeptFiltersMenu } from "./kept-filters-menu.tsx";
import { type Row, statusCounts } from "./rows.ts";

/** The same place seen a little differently, so no step of its own for the back button. */
export const changeList = (change: Partial<ListState>): void =>
  navigate((state) => ({ ...state, list: { ...state.list, ...change } }), "replace");

export const clearFilters = (): void =>
  changeList({ search: LIST_DEFAULTS.search, statuses: LIST_DEFAULTS.statuses, backend: LIST_DEFAULTS.backend });

export const hasFilters = ({ search, statuses, backend }: ListState): boolean =>
  search !== "" || statuses.length > 0 || backend !== null;

/** Text, statuses and backend. All of it stands in the address. */
export function ListFilters({ rows, list }: { rows: readonly Row[]; list: ListState }) {
  const present = BACKEND_KINDS.filter((kind) => rows.some(({ node }) => node.backend === kind));
  const kinds = list.backend === null || present.includes(list.backend) ? present : [...present, list.backend];
  return (
    <search className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
      <div className="relative min-w-40 flex-1 basis-52 sm:max-w-72">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-ink-faint" />
        <input
          type="search"
          aria-label="Find by name or role"
          placeholder="Find by name or role"
          value={list.search}
          onChange={(event) => changeList({ search: event.target.value })}
          className={`${INPUT} pl-8`}
        />
      </div>
      {(kinds.length > 1 || list.backend !== null) && (
        <select
          aria-label="Backend"
          value={list.backend ?? ""}
          onChange={(event) => changeList({ backend: kinds.find((kind) => kind === event.target.value) ?? null })}
          className={cx(CONTROL, "pr-1")}
        >
          <option value="">All backends</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {BACKEND_NAMES[kind]}
            </option>
          ))}
        </select>
      )}
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">Status</legend>
        <StatusChips rows={rows} chosen={list.statuses} />
      </fieldset>
      <KeptFiltersMenu list={list} />
      {hasFilters(list) && (
        <Button size="small" kind="quiet" icon={<X aria-hidden className="size-3.5" />} onClick={clearFilters}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

function StatusChips({ rows, chosen }: { rows: readonly Row[]; chosen: readonly WorkspaceStatus[] }) {
  const counts = statusCounts(rows);
  // A filter that hides everything must stay in sight, or nobody finds out why the list is empty.
  const absent = chosen.filter((status) => !counts.some((one) => one.status === status));
  const all = [...counts, ...absent.map((status) => ({ status, label: lookOf(status).label, amount: 0 }))];
  return all.map(({ status, label, amount }) => {
    const isOn = chosen.includes(status);
    const { icon: Icon, tone } = lookOf(status);
    return (
      <button
        key={status}
        type="button"
        aria-pressed={isOn}
        onClick={() => changeList({ statuses: isOn ? chosen.filter((one) => one !== status) : [...chosen, status] })}
        className={cx(
          "inline-flex h-8 items-center gap-1.5 rounded-full border px-2.5 text-[13px]",
          isOn ? "border-accent bg-accent-soft text-ink" : "border-line-strong/60 text-ink-soft hover:bg-ink/8",
        )}
      >
        <Icon aria-hidden className={cx("size-3.5", TONE_TEXT[tone])} />
        {label} <span className="tabular-nums">{amount}</span>
      </button>
    );
  });
}
