"use client";

import { createPendingCommand } from "../commands/pending-command.ts";
import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** Commands for the map from other features, which need not know whether the map is mounted. */
export type MapCommand =
  | { kind: "show"; workspaceId: string }
  | { kind: "zoom_to_team" | "arrange_team"; workspaceId: string }
  | { kind: "arrange_all" };

export const mapCommand = createPendingCommand<MapCommand>();

/** Opens the map and runs a command on it. */
export function runOnMap(command: MapCommand): void {
  navigate((state) => ({ ...state, view: "map" }));
  mapCommand.send(command);
}

/** Opens a workspace's panel and brings its card into view. */
export function showOnMap(workspaceId: string): void {
  navigate((state) => ({ ...openWorkspace(state, workspaceId), view: "map" }));
  mapCommand.send({ kind: "show", workspaceId });
}
