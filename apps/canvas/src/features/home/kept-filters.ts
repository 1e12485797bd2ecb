import { formatListState, type ListState, parseListState } from "#shared/url/list-state.ts";

/** A named list filter, stored in the address format so that older ones stay readable. */
export interface KeptFilter {
  name: string;
  query: string;
}

export const KEPT_FILTERS_MAX = 20;
export const FILTER_NAME_CHARS_MAX = 60;

export function queryOf(list: ListState): string {
  const params = new URLSearchParams();
  formatListState(list, params);
  return params.toString();
}

export const listOf = ({ query }: KeptFilter): ListState => parseListState(new URLSearchParams(query));

/** The saved filter that matches the current list. */
export const keptAs = (kept: readonly KeptFilter[], list: ListState): KeptFilter | undefined =>
  kept.find(({ query }) => query === queryOf(list));

/** A name belongs to one filter: a new filter replaces the old one of that name. */
export const withFilter = (kept: readonly KeptFilter[], name: string, list: ListState): KeptFilter[] =>
  [...kept.filter((one) => one.name !== name), { name, query: queryOf(list) }]
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .slice(0, KEPT_FILTERS_MAX);

export const withoutFilter = (kept: readonly KeptFilter[], name: string): KeptFilter[] =>
  kept.filter((one) => one.name !== name);

/** Ignores entries of an older or broken page. */
export function readKept(value: unknown): KeptFilter[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(
    (one): one is KeptFilter =>
      typeof one === "object" && typeof one?.name === "string" && typeof one.query === "string",
  );
}
