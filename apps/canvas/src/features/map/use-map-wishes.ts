"use client";

import type { CanvasNode } from "@berth/domain";
import { useEffect, useRef } from "react";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { notifyUndoable } from "#shared/undo/undo.ts";
import { type MapWish, receiveMapWishes } from "#shared/workspace/show-on-map.ts";
import type { Looking } from "./use-looking.ts";
import type { Moves } from "./use-moves.ts";

/** Runs commands of other features on the map: show a workspace, zoom to a team, arrange. */
export function useMapWishes(snapshot: readonly CanvasNode[], moves: Moves, look: Looking): void {
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

  const grant = async (wish: MapWish) => {
    switch (wish.kind) {
      case "show":
        return look.show(wish.workspaceId);
      case "zoom_to_team":
        return look.zoomToTeam(wish.workspaceId);
      case "arrange_all":
        await arrange(null, "arranging the map");
        // The cards have their positions one frame later.
        return requestAnimationFrame(() => look.fitMap());
      case "arrange_team": {
        const name = snapshot.find((node) => node.id === wish.workspaceId)?.name;
        await arrange(wish.workspaceId, `arranging the team of ${name}`);
        return requestAnimationFrame(() => look.zoomToTeam(wish.workspaceId));
      }
    }
  };

  const latest = useRef(grant);
  latest.current = grant;
  useEffect(
    () =>
      receiveMapWishes((wish) => {
        latest.current(wish).catch((error: unknown) => notifyError(error, "Could not arrange the map."));
      }),
    [],
  );
}
