"use client";

import type { CanvasNode, Viewport } from "@berth/domain";
import { useNodesInitialized, useReactFlow, useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { FOCUS_TARGETS, focusWhenMounted } from "#shared/focus/focus-registry.ts";
import { motionMilliseconds } from "#shared/media/media.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { idsBelow } from "#shared/workspace/teams.ts";
import { fitPadding, fittedArea, mostInOneView, shiftIntoView, ZOOM_MIN } from "./in-view.ts";
import { CARD, type FlowNode } from "./node-model.ts";

interface Size {
  width: number;
  height: number;
}

/** The map's element, once it is mounted. */
export function usePane() {
  const store = useStoreApi();
  return useMemo(() => {
    const element = () => store.getState().domNode;
    return {
      element,
      /** The current size, or an estimate before the map is mounted. */
      size: (): Size => element()?.getBoundingClientRect() ?? { width: window.innerWidth, height: window.innerHeight },
    };
  }, [store]);
}

export type Pane = ReturnType<typeof usePane>;

/** Names are still readable at this zoom. */
const FIRST_ZOOM_MIN = 0.5;

/** The first view: all cards, or as many as fit at a readable zoom. */
export const firstFit = (nodes: readonly FlowNode[], pane: Pane) => ({
  minZoom: FIRST_ZOOM_MIN,
  maxZoom: 1,
  // Getters, because the pane's size is known only when the map renders.
  get padding() {
    return fitPadding(pane.size());
  },
  get nodes() {
    return mostInOneView(nodes, fittedArea(pane.size(), FIRST_ZOOM_MIN)).map(({ id }) => ({ id }));
  },
});

/** An explicit fit always shows all cards. */
export const fitAll = (pane: Pane) => ({
  minZoom: ZOOM_MIN,
  maxZoom: 1,
  /** A getter, because the panel may have opened since. */
  get padding() {
    return fitPadding(pane.size());
  },
});

const GLIDE_MILLISECONDS = 200;

/** Moves the viewport to an opened workspace, to a team, or to the card focused by keyboard. */
export function useMapViewport(nodes: readonly FlowNode[], snapshot: readonly CanvasNode[], pane: Pane) {
  const openId = useUrlPart((state) => state.workspaceId);
  const flow = useReactFlow<FlowNode>();
  const isReady = useNodesInitialized();
  const shown = useRef<string | null>(null);
  const latest = useRef({ nodes, snapshot });
  latest.current = { nodes, snapshot };

  /** Brings a card into view; a visible one does not move. */
  const show = useCallback(
    (id: string) => {
      const node = visibleCard(latest.current.nodes, latest.current.snapshot, id);
      const by = node && shiftInPane(node.position, flow.getViewport(), pane);
      if (!node || !by || (by.x === 0 && by.y === 0)) return;
      const { zoom } = flow.getViewport();
      const { width, height } = pane.size();
      // `setCenter` would use the pane's size from before the panel opened.
      const middle = { x: node.position.x + CARD.width / 2, y: node.position.y + CARD.height / 2 };
      void flow.setViewport(
        { x: width / 2 - middle.x * zoom, y: height / 2 - middle.y * zoom, zoom },
        { duration: motionMilliseconds(GLIDE_MILLISECONDS) },
      );
    },
    [flow, pane],
  );

  /** Follows a moved card, immediately and no further than needed, like a text view follows its caret. */
  const follow = useCallback(
    (place: { x: number; y: number }) => {
      const { x, y, zoom } = flow.getViewport();
      const by = shiftInPane(place, { x, y, zoom }, pane);
      if (by.x !== 0 || by.y !== 0) void flow.setViewport({ x: x + by.x, y: y + by.y, zoom });
    },
    [flow, pane],
  );

  // Brings a workspace into view that was opened from the list, by a link, or after creating it.
  useEffect(() => {
    if (!isReady || shown.current === openId) return;
    if (openId !== null && !nodes.some(({ id }) => id === openId) && !snapshot.some(({ id }) => id === openId)) return;
    shown.current = openId;
    if (openId !== null) show(openId);
  }, [openId, nodes, snapshot, isReady, show]);

  /** A card out of view is not rendered: the map moves there first, and the card takes the focus once it is rendered. */
  const focusCard = useCallback(
    (id: string) => {
      show(id);
      focusWhenMounted(FOCUS_TARGETS.workspace(id), { preventScroll: true, focusVisible: true });
    },
    [show],
  );

  const fitMap = useCallback(
    (ids?: readonly string[]) =>
      void flow.fitView({
        ...fitAll(pane),
        duration: motionMilliseconds(GLIDE_MILLISECONDS),
        ...(ids ? { minZoom: 0.2, nodes: ids.map((id) => ({ id })) } : {}),
      }),
    [flow, pane],
  );

  const zoomToTeam = useCallback((id: string) => fitMap([id, ...idsBelow(latest.current.snapshot, [id])]), [fitMap]);

  return useMemo(
    () => ({ show, follow, focusCard, fitMap, zoomToTeam }),
    [show, follow, focusCard, fitMap, zoomToTeam],
  );
}

export type MapViewport = ReturnType<typeof useMapViewport>;

const shiftInPane = (place: { x: number; y: number }, viewport: Viewport, pane: Pane) =>
  shiftIntoView(place, viewport, pane.size());

/** A workspace's own card, or that of the lead that hides it. */
function visibleCard(nodes: readonly FlowNode[], snapshot: readonly CanvasNode[], id: string): FlowNode | undefined {
  const byId = new Map(snapshot.map((node) => [node.id, node]));
  const seen = new Set<string>();
  for (let at: string | null = id; at !== null && !seen.has(at); at = byId.get(at)?.parentId ?? null) {
    seen.add(at);
    const card = nodes.find((node) => node.id === at);
    if (card) return card;
  }
  return undefined;
}
