import { VOLUME_STATES, type Volume, type VolumeState } from "@berth/domain";
import type { SavedState } from "#shared/url/saved-state.ts";
import { VOLUME_STYLES, volumeName } from "./volume-status.ts";

type Filtered = Pick<Volume, "id" | "workspaceName" | "state">;

/** Matches words of the workspace's name, or the start of the volume's id. */
export function filterVolumes<T extends Filtered>(volumes: readonly T[], { search, states }: SavedState): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return volumes.filter((volume) => {
    const name = volumeName(volume).toLowerCase();
    const isFound = words.every((word) => name.includes(word) || volume.id.startsWith(word));
    return isFound && (states.length === 0 || states.includes(volume.state));
  });
}

/** The states in use with their counts, and the active filters even if they match nothing. */
export const stateCounts = (
  volumes: readonly Filtered[],
  chosen: readonly VolumeState[],
): { state: VolumeState; label: string; amount: number }[] =>
  VOLUME_STATES.map((state) => ({
    state,
    label: VOLUME_STYLES[state].label,
    amount: volumes.filter((volume) => volume.state === state).length,
  })).filter(({ state, amount }) => amount > 0 || chosen.includes(state));
