"use client";

import type { CanvasNode } from "@berth/domain";
import { usePendingCommand } from "#shared/commands/pending-command.ts";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { notifyUndoable } from "#shared/undo/undo.ts";
import { type MapCommand, mapCommand } from "#shared/workspace/map-command.ts";
import type { MapViewport } from "./use-map-viewport.ts";
import type { Moves } from "./use-moves.ts";

/** Runs commands of other features on the map: show a workspace, zoom to a team, arrange. */
export function useMapCommands(snapshot: readonly CanvasNode[], moves: Moves, viewport: MapViewport): void {
  const { place } = moves;

  const arrange = async (leadId: string | null, what: string) => {
    const { arrangedPlaces } = await import("./arrange.ts");
    const places = await arrangedPlaces(snapshot, leadId);
    const moved = new Map(
      snapshot
        .filter(({ id, position }) => {
          const to = places.get(id);
          return to && (to.x !== position.x || to.y !== position.y);
        })
        .map(({ id }) => [id, places.get(id) ?? { x: 0, y: 0 }]),
    );
    if (moved.size === 0) return notifyDone("Already arranged.");
    if (await place(moved, what)) notifyUndoable("Arranged.");
  };

  const run = async (command: MapCommand) => {
    switch (command.kind) {
      case "show":
        return viewport.show(command.workspaceId);
      case "zoom_to_team":
        return viewport.zoomToTeam(command.workspaceId);
      case "arrange_all":
        await arrange(null, "arranging the map");
        // The cards have their positions one frame later.
        return requestAnimationFrame(() => viewport.fitMap());
      case "arrange_team": {
        const name = snapshot.find((node) => node.id === command.workspaceId)?.name;
        await arrange(command.workspaceId, `arranging the team of ${name}`);
        return requestAnimationFrame(() => viewport.zoomToTeam(command.workspaceId));
      }
    }
  };

  usePendingCommand(mapCommand, (command) => {
    run(command).catch((error: unknown) => notifyError(error, "Could not arrange the map."));
  });
}
