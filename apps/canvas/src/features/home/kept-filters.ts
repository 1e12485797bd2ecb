import { formatListState, type ListState, parseListState } from "#shared/url/list-state.ts";

/** A way to see the list, under a name. It is kept as the address has it, so an older one still means something. */
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

/** The one that says what is shown now. */
export const keptAs = (kept: readonly KeptFilter[], list: ListState): KeptFilter | undefined =>
  kept.find(({ query }) => query === queryOf(list));

/** A name stands for one filter: the new one takes the place of the old. */
export const withFilter = (kept: readonly KeptFilter[], name: string, list: ListState): KeptFilter[] =>
  [...kept.filter((one) => one.name !== name), { name, query: queryOf(list) }]
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .slice(0, KEPT_FILTERS_MAX);

export const withoutFilter = (kept: readonly KeptFilter[], name: string): KeptFilter[] =>
  kept.filter((one) => one.name !== name);

/** What an older or a broken page wrote is left out. */
export function readKept(value: unknown): KeptFilter[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(
    (one): one is KeptFilter =>
      typeof one === "object" && typeof one?.name === "string" && typeof one.query === "string",
  );
}
