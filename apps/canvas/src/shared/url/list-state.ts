import { BACKEND_KINDS, type BackendKind, WORKSPACE_STATUSES, type WorkspaceStatus } from "@berth/domain";

export const LIST_COLUMNS = ["name", "status", "backend", "tier", "saved", "size", "seen"] as const;
export type ListColumn = (typeof LIST_COLUMNS)[number];

/** The list's filters and order. They are part of the address, so a filtered list can be shared. */
export interface ListState {
  search: string;
  /** Any of these; all when empty. */
  statuses: readonly WorkspaceStatus[];
  backend: BackendKind | null;
  sort: ListColumn;
  isDescending: boolean;
}

export const LIST_DEFAULTS: ListState = {
  search: "",
  statuses: [],
  backend: null,
  sort: "name",
  isDescending: false,
};

export function parseListState(params: URLSearchParams): ListState {
  const wanted = params.get("status")?.split(",") ?? [];
  const order = params.get("sort") ?? "";
  const sort = LIST_COLUMNS.find((column) => column === order.replace(/^-/, ""));
  return {
    search: params.get("q") ?? "",
    statuses: WORKSPACE_STATUSES.filter((status) => wanted.includes(status)),
    backend: BACKEND_KINDS.find((kind) => kind === params.get("backend")) ?? null,
    sort: sort ?? LIST_DEFAULTS.sort,
    isDescending: sort !== undefined && order.startsWith("-"),
  };
}

/** Adds the values that differ from their default. */
export function formatListState({ search, statuses, backend, sort, isDescending }: ListState, to: URLSearchParams) {
  if (search !== "") to.set("q", search);
  if (statuses.length > 0) to.set("status", statuses.join(","));
  if (backend !== null) to.set("backend", backend);
  if (sort !== LIST_DEFAULTS.sort || isDescending) to.set("sort", `${isDescending ? "-" : ""}${sort}`);
}
