"use client";

import { create } from "zustand";
import { type DragEvent, type DragState, type DropHint, IDLE, nextDragState } from "./drag-state.ts";

const useDragStore = create<DragState>(() => IDLE);

export const dragState = (): DragState => useDragStore.getState();

export const dispatchDrag = (event: DragEvent): void =>
  useDragStore.setState((state) => nextDragState(state, event), true);

export const useDropHint = (): DropHint | null => useDragStore(hintIn);

/** Subscribed per card, so that a hint renders two cards and not all. */
export const useIsDropTarget = (id: string): boolean =>
  useDragStore((state) => {
    const hint = hintIn(state);
    return hint?.leadId === id && hint.isOnCard;
  });

const hintIn = (state: DragState): DropHint | null => (state.kind === "dragging" ? state.hint : null);
