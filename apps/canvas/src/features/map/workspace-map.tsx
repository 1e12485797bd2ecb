"use client";

import type { CanvasNode, Viewport } from "@berth/domain";
import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  type NodeTypes,
  type OnMove,
  ReactFlow,
  useNodesInitialized,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import "./map.css";
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { useShownTheme } from "#shared/theme/theme.ts";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";
import { focusPanelOf } from "#shared/workspace/panel-focus.ts";
import { lookOf, TONE_VARIABLE } from "#shared/workspace/status.ts";
import { CARD, type FlowNode, teamEdges } from "./node-model.ts";
import { useSaveViewport } from "./queries.ts";
import { useMoves } from "./use-moves.ts";
import { WorkspaceNode } from "./workspace-node.tsx";

const NODE_TYPES: NodeTypes = { workspace: WorkspaceNode };
/** Never so far away that names cannot be read; what does not fit is a pan away. */
const FIT = { padding: 0.15, minZoom: 0.5, maxZoom: 1 } as const;
const VIEWPORT_PAUSE_MILLISECONDS = 1_000;
const MINIMAP_COLOR = (node: FlowNode) => TONE_VARIABLE[lookOf(node.data.node.status).tone];
const PRO_OPTIONS = { hideAttribution: true };

interface WorkspaceMapProps {
  snapshot: readonly CanvasNode[];
  viewport: Viewport | null;
  onMenu: (node: CanvasNode, at: { x: number; y: number }) => void;
}

export function WorkspaceMap({ snapshot, viewport, onMenu }: WorkspaceMapProps) {
  const { nodes, setNodes, onNodesChange, save } = useMoves(snapshot);
  const edges = useMemo(() => teamEdges(snapshot), [snapshot]);
  const theme = useShownTheme();
  const onMoveEnd = useViewportSaving();
  useOpenNodeInView(nodes);

  const open = useCallback((_event: MouseEvent, { id }: FlowNode) => showPanel(id), []);

  const onContextMenu = useCallback(
    (event: MouseEvent, { data }: FlowNode) => {
      event.preventDefault();
      onMenu(data.node, { x: event.clientX, y: event.clientY });
    },
    [onMenu],
  );

  /** Arrow keys move what is selected, so what has the focus is selected. */
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const id = nodeIdOf(event.target);
    if (!id) return;
    setNodes((current) => {
      if (current.find((node) => node.id === id)?.selected) return current;
      return current.map((node) =>
        Boolean(node.selected) === (node.id === id) ? node : { ...node, selected: node.id === id },
      );
    });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = nodeIdOf(event.target);
    if (!id || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    showPanel(id);
    if (event.key === "Enter") focusPanelOf(id);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the cards inside take the focus; their keys arrive here.
    <div className="@container h-full" onFocus={onFocus} onKeyDown={onKeyDown}>
      <ReactFlow<FlowNode>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onNodeDragStop={() => void save()}
        onSelectionDragStop={() => void save()}
        onNodeClick={(event, node) => !event.shiftKey && !event.metaKey && !event.ctrlKey && open(event, node)}
        onNodeDoubleClick={(event, node) => {
          open(event, node);
          focusPanelOf(node.id);
        }}
        onNodeContextMenu={onContextMenu}
        onMoveEnd={onMoveEnd}
        {...(viewport ? { defaultViewport: viewport } : { fitView: true, fitViewOptions: FIT })}
        minZoom={0.1}
        maxZoom={2}
        onlyRenderVisibleElements
        nodesConnectable={false}
        edgesFocusable={false}
        elevateNodesOnSelect
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        colorMode={theme}
        proOptions={PRO_OPTIONS}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--line)" />
        <Controls showInteractive={false} fitViewOptions={FIT} position="bottom-left" />
        <MiniMap<FlowNode>
          pannable
          zoomable
          position="bottom-right"
          nodeColor={MINIMAP_COLOR}
          nodeBorderRadius={12}
          className="hidden @2xl:block"
          ariaLabel="Overview of the map"
        />
      </ReactFlow>
    </div>
  );
}

const showPanel = (id: string) => navigate((state) => openWorkspace(state, id));

function nodeIdOf(target: EventTarget): string | null {
  return target instanceof HTMLElement && target.classList.contains("react-flow__node")
    ? (target.dataset.id ?? null)
    : null;
}

/** Keeps where a person looks, a moment after the last movement; the fit at the first load is nobody's choice. */
function useViewportSaving(): OnMove {
  const saveViewport = useSaveViewport();
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; viewport: Viewport } | null>(null);
  const { mutate } = saveViewport;

  const flush = useCallback(() => {
    if (!waiting.current) return;
    clearTimeout(waiting.current.timer);
    mutate(waiting.current.viewport);
    waiting.current = null;
  }, [mutate]);

  useEffect(() => flush, [flush]);

  return useCallback(
    (event, { x, y, zoom }) => {
      if (!event) return;
      if (waiting.current) clearTimeout(waiting.current.timer);
      waiting.current = { viewport: { x, y, zoom }, timer: setTimeout(flush, VIEWPORT_PAUSE_MILLISECONDS) };
    },
    [flush],
  );
}

/** What is opened from the list, by a link or by creating it is brought into view; what is in view stays where it is. */
function useOpenNodeInView(nodes: readonly FlowNode[]) {
  const openId = useUrlPart((state) => state.workspaceId);
  const flow = useReactFlow<FlowNode>();
  const isReady = useNodesInitialized();
  const shown = useRef<string | null>(null);

  useEffect(() => {
    if (!isReady || shown.current === openId) return;
    const node = nodes.find(({ id }) => id === openId);
    if (openId !== null && !node) return;
    shown.current = openId;
    const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
    if (!node || !pane) return;
    const { x, y, zoom } = flow.getViewport();
    const left = node.position.x * zoom + x;
    const top = node.position.y * zoom + y;
    const isInView =
      left >= 0 && left + CARD.width * zoom <= pane.width && top >= 0 && top + CARD.height * zoom <= pane.height;
    if (isInView) return;
    // Not `setCenter`: it counts with the size the pane had before the panel opened.
    const middle = { x: node.position.x + CARD.width / 2, y: node.position.y + CARD.height / 2 };
    void flow.setViewport(
      { x: pane.width / 2 - middle.x * zoom, y: pane.height / 2 - middle.y * zoom, zoom },
      { duration: 200 },
    );
  }, [openId, nodes, isReady, flow]);
}
