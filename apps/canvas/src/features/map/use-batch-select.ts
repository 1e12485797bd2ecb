"use client";

import type { CanvasNode } from "@berth/domain";
import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef } from "react";
import { announce } from "#shared/live/announcement-store.ts";
import { isSame, select, selectedIds, useSelectionStore } from "#shared/selection/selection-store.ts";
import { type FlowNode, selectionWords } from "./node-model.ts";

/**
 * Syncs box select and Shift+click on the map with the checkboxes of the list. A single selected card is only the
 * keyboard's position and not a selection.
 */
export function useBatchSelect(
  setNodes: Dispatch<SetStateAction<FlowNode[]>>,
  snapshot: readonly Pick<CanvasNode, "id" | "name">[],
) {
  const isFirst = useRef(true);
  const names = useRef(snapshot);
  names.current = snapshot;

  useEffect(() => {
    return useSelectionStore.subscribe(({ ids: wanted }, { ids: before }) => {
      announce(selectionWords(before, wanted, names.current));
      setNodes((current) => {
        const marked = new Set(current.filter((node) => node.selected).map((node) => node.id));
        if (isSame(marked, wanted) || (wanted.size === 0 && marked.size < 2)) return current;
        return current.map((node) =>
          Boolean(node.selected) === wanted.has(node.id) ? node : { ...node, selected: wanted.has(node.id) },
        );
      });
    });
  }, [setNodes]);

  return useCallback(({ nodes }: { nodes: FlowNode[] }) => {
    // The first selection event comes before the list's selection is applied to the cards.
    if (isFirst.current && nodes.length === 0) {
      isFirst.current = false;
      return;
    }
    isFirst.current = false;
    if (nodes.length >= 2) select(nodes.map((node) => node.id));
    else if (selectedIds().size >= 2 || nodes.length === 0) select([]);
  }, []);
}
