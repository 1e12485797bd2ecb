import { FILE_ROOTS, type FileRoot } from "@berth/domain";
import { formatListState, LIST_DEFAULTS, type ListState, parseListState } from "./list-state.ts";
import { formatSavedState, parseSavedState, SAVED_DEFAULTS, type SavedState } from "./saved-state.ts";

export const VIEWS = ["map", "home", "saved", "settings"] as const;
export type View = (typeof VIEWS)[number];

/** The tabs that work today. A tab is rendered only once it works, in this order. */
export const PANEL_TABS = ["activity", "details", "terminal", "config", "container-config", "files", "events"] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** Where a person is: all of it in the address, so reload, back and a shared link lead to the same place. */
export interface UrlState {
  view: View;
  /** The workspace whose panel is open. */
  workspaceId: string | null;
  tab: PanelTab;
  root: FileRoot;
  /** The folder the file tree is at. */
  path: string;
  /** The file open in the editor. */
  file: string | null;
  /** How the list is filtered and sorted. */
  list: ListState;
  /** How saved data is filtered. */
  saved: SavedState;
}

const DEFAULTS: UrlState = {
  view: "map",
  workspaceId: null,
  tab: "details",
  root: "/workspace",
  path: "/",
  file: null,
  list: LIST_DEFAULTS,
  saved: SAVED_DEFAULTS,
};

export function parseUrlState(search: string): UrlState {
  const params = new URLSearchParams(search);
  // Views share names for what they filter by; only the one that is looked at has filters.
  const filters = (view: View) => (params.get("view") === view ? params : new URLSearchParams());
  const oneOf = <T extends string>(values: readonly T[], name: string, fallback: T): T =>
    values.find((value) => value === params.get(name)) ?? fallback;
  return {
    view: oneOf(VIEWS, "view", DEFAULTS.view),
    workspaceId: params.get("w"),
    tab: oneOf(PANEL_TABS, "tab", DEFAULTS.tab),
    root: oneOf(FILE_ROOTS, "root", DEFAULTS.root),
    path: params.get("path") ?? DEFAULTS.path,
    file: params.get("file"),
    list: parseListState(filters("home")),
    saved: parseSavedState(filters("saved")),
  };
}

/** The shortest address for a state: what is at its default, or means nothing without a workspace, is left out. */
export function formatUrlState(state: UrlState): string {
  const params = new URLSearchParams();
  if (state.view !== DEFAULTS.view) params.set("view", state.view);
  if (state.view === "home") formatListState(state.list, params);
  if (state.view === "saved") formatSavedState(state.saved, params);
  if (state.workspaceId) {
    params.set("w", state.workspaceId);
    if (state.tab !== DEFAULTS.tab) params.set("tab", state.tab);
    if (state.root !== DEFAULTS.root) params.set("root", state.root);
    if (state.path !== DEFAULTS.path) params.set("path", state.path);
    if (state.file !== null) params.set("file", state.file);
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Another workspace has other files: where one was looked at means nothing in the next. */
export function openWorkspace(state: UrlState, workspaceId: string | null): UrlState {
  if (workspaceId === state.workspaceId) return state;
  return { ...state, workspaceId, root: DEFAULTS.root, path: DEFAULTS.path, file: DEFAULTS.file };
}
