"use client";

import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** Commands for the map from other features, which need not know whether the map is mounted. */
export type MapWish =
  | { kind: "show"; workspaceId: string }
  | { kind: "zoom_to_team" | "arrange_team"; workspaceId: string }
  | { kind: "arrange_all" };

let waiting: MapWish | null = null;
let grant: ((wish: MapWish) => void) | null = null;

export function wishOfMap(wish: MapWish): void {
  navigate((state) => ({ ...state, view: "map" }));
  if (grant) grant(wish);
  else waiting = wish;
}

/** Called by the map on mount. */
export function receiveMapWishes(next: (wish: MapWish) => void): () => void {
  grant = next;
  const wish = waiting;
  waiting = null;
  if (wish) next(wish);
  return () => {
    grant = null;
  };
}

/** Opens a workspace's panel and brings its card into view. */
export function showOnMap(workspaceId: string): void {
  navigate((state) => ({ ...openWorkspace(state, workspaceId), view: "map" }));
  wishOfMap({ kind: "show", workspaceId });
}
