import { type Destination, type Drag, describeMove, destinationAt } from "./drag-plan.ts";

/** What a drop now would do; the target card or frame shows it, and so does a line above the map. */
export interface DropHint extends Destination {
  /** The cards that would change their team. */
  ids: readonly string[];
  text: string;
}

export type DragState =
  | { kind: "idle" }
  | { kind: "dragging"; drag: Drag; destination: Destination; hint: DropHint | null }
  /** Escape was pressed, and the pointer is not released yet: the rest of this drag moves nothing. */
  | { kind: "cancelled" };

export type DragEvent =
  | { kind: "started"; drag: Drag }
  /** `isForced`: the key that leaves the team at any position is held. */
  | { kind: "moved"; place: { x: number; y: number }; isForced: boolean }
  | { kind: "cancelled" }
  | { kind: "ended" };

export const IDLE: DragState = { kind: "idle" };

/** @returns the same object when nothing changes, so that most moves render nothing. */
export function nextDragState(state: DragState, event: DragEvent): DragState {
  switch (event.kind) {
    case "started":
      return { kind: "dragging", drag: event.drag, destination: event.drag.home, hint: null };
    case "moved": {
      if (state.kind !== "dragging") return state;
      const destination = destinationAt(state.drag, event.place, state.destination, event.isForced);
      const { leadId, isOnCard } = state.destination;
      if (destination.leadId === leadId && destination.isOnCard === isOnCard) return state;
      return { ...state, destination, hint: hintOf(state.drag, destination) };
    }
    case "cancelled":
      return state.kind === "dragging" ? { kind: "cancelled" } : state;
    case "ended":
      return IDLE;
  }
}

function hintOf(drag: Drag, destination: Destination): DropHint | null {
  const where = describeMove(drag, destination);
  return where === null ? null : { ...destination, ids: drag.roots, text: `Drop to move ${drag.names} ${where}` };
}
