import { VOLUME_STATES, type VolumeState } from "@berth/domain";

/** The filters of saved data, part of the address like the list's filters. */
export interface SavedState {
  search: string;
  /** Any of these; all when empty. */
  states: readonly VolumeState[];
}

export const SAVED_DEFAULTS: SavedState = { search: "", states: [] };

export function parseSavedState(params: URLSearchParams): SavedState {
  const wanted = params.get("state")?.split(",") ?? [];
  return { search: params.get("q") ?? "", states: VOLUME_STATES.filter((state) => wanted.includes(state)) };
}

export function formatSavedState({ search, states }: SavedState, to: URLSearchParams): void {
  if (search !== "") to.set("q", search);
  if (states.length > 0) to.set("state", states.join(","));
}
