"use client";

import type { CanvasNode, Viewport } from "@berth/domain";
import { useNodesInitialized, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { motionMilliseconds } from "#shared/motion/motion.ts";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { idsBelow } from "#shared/workspace/teams.ts";
import { ZOOM_MIN } from "./fit.ts";
import { fitPadding, mostInOneView, roomOfFit, shiftIntoView } from "./in-view.ts";
import { CARD, type FlowNode } from "./node-model.ts";

const pane = () => document.querySelector(".react-flow")?.getBoundingClientRect();

/** The pane's size, or an estimate before it exists. */
export const paneSize = (): { width: number; height: number } =>
  pane() ?? { width: window.innerWidth, height: window.innerHeight };

/** Names are still readable at this zoom. */
const FIRST_ZOOM_MIN = 0.5;

/** The first view: all cards, or as many as fit at a readable zoom. */
export const firstFit = (nodes: readonly FlowNode[]) => ({
  minZoom: FIRST_ZOOM_MIN,
  maxZoom: 1,
  // Getters, because the pane's size is known only when the map renders.
  get padding() {
    return fitPadding(paneSize());
  },
  get nodes() {
    return mostInOneView(nodes, roomOfFit(paneSize(), FIRST_ZOOM_MIN)).map(({ id }) => ({ id }));
  },
});
/** An explicit fit always shows all cards. */
export const FIT_ALL = {
  minZoom: ZOOM_MIN,
  maxZoom: 1,
  /** A getter, because the panel may have opened since. */
  get padding() {
    return fitPadding(paneSize());
  },
};
const GLIDE_MILLISECONDS = 200;
const FRAMES_MAX = 30;

/** Moves the viewport to an opened workspace, to a team, or to the card focused by keyboard. */
export function useLooking(nodes: readonly FlowNode[], snapshot: readonly CanvasNode[]) {
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
      const by = node && shiftInPane(node.position, flow.getViewport());
      if (!node || !by || (by.x === 0 && by.y === 0)) return;
      const { zoom } = flow.getViewport();
      const { width, height } = paneSize();
      // `setCenter` would use the pane's size from before the panel opened.
      const middle = { x: node.position.x + CARD.width / 2, y: node.position.y + CARD.height / 2 };
      void flow.setViewport(
        { x: width / 2 - middle.x * zoom, y: height / 2 - middle.y * zoom, zoom },
        { duration: motionMilliseconds(GLIDE_MILLISECONDS) },
      );
    },
    [flow],
  );

  /** Follows a moved card, immediately and no further than needed, like a text view follows its caret. */
  const follow = useCallback(
    (place: { x: number; y: number }) => {
      const { x, y, zoom } = flow.getViewport();
      const by = shiftInPane(place, { x, y, zoom });
      if (by.x !== 0 || by.y !== 0) void flow.setViewport({ x: x + by.x, y: y + by.y, zoom });
    },
    [flow],
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
      focusWhenDrawn(id, FRAMES_MAX);
    },
    [show],
  );

  const fitMap = useCallback(
    (ids?: readonly string[]) =>
      void flow.fitView({
        ...FIT_ALL,
        duration: motionMilliseconds(GLIDE_MILLISECONDS),
        ...(ids ? { minZoom: 0.2, nodes: ids.map((id) => ({ id })) } : {}),
      }),
    [flow],
  );

  const zoomToTeam = useCallback((id: string) => fitMap([id, ...idsBelow(latest.current.snapshot, [id])]), [fitMap]);

  return useMemo(
    () => ({ show, follow, focusCard, fitMap, zoomToTeam }),
    [show, follow, focusCard, fitMap, zoomToTeam],
  );
}

export type Looking = ReturnType<typeof useLooking>;

function shiftInPane(place: { x: number; y: number }, viewport: Viewport): { x: number; y: number } {
  const { left = 0, top = 0 } = pane() ?? {};
  const cover = document.querySelector(".react-flow__minimap")?.getBoundingClientRect();
  const shown = cover && cover.width > 0 ? { x: cover.left - left, y: cover.top - top } : null;
  return shiftIntoView(place, viewport, paneSize(), shown);
}

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

function focusWhenDrawn(id: string, frames: number): void {
  const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (card) card.focus({ preventScroll: true, focusVisible: true });
  else if (frames > 0) requestAnimationFrame(() => focusWhenDrawn(id, frames - 1));
}
