import { FILE_ROOTS, type FileRoot } from "@berth/domain";
import { formatListState, LIST_DEFAULTS, type ListState, parseListState } from "./list-state.ts";
import { formatSavedState, parseSavedState, SAVED_DEFAULTS, type SavedState } from "./saved-state.ts";

export const VIEWS = ["map", "home", "saved", "settings"] as const;
export type View = (typeof VIEWS)[number];

/** The available tabs, in display order. A tab is listed only once it works. */
export const PANEL_TABS = [
  "activity",
  "details",
  "terminal",
  "config",
  "container-config",
  "files",
  "events",
  "ports",
] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** The complete location is in the address, so reload, back and shared links lead to the same place. */
export interface UrlState {
  view: View;
  /** The workspace whose panel is open. */
  workspaceId: string | null;
  tab: PanelTab;
  root: FileRoot;
  /** The current folder of the file tree. */
  path: string;
  /** The file open in the editor. */
  file: string | null;
  /** The list's filters and order. */
  list: ListState;
  /** The filters of saved data. */
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
  // Views share parameter names for filters; only the current view has filters.
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

/** The shortest address for a state: omits defaults, and what needs a workspace when none is open. */
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

/** Files belong to one workspace, so opening another resets the folder and the file. */
export function openWorkspace(state: UrlState, workspaceId: string | null): UrlState {
  if (workspaceId === state.workspaceId) return state;
  return { ...state, workspaceId, root: DEFAULTS.root, path: DEFAULTS.path, file: DEFAULTS.file };
}
