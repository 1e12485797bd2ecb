"use client";

import type { CanvasNode, Viewport } from "@berth/domain";
import {
  type AriaLabelConfig,
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  type NodeTypes,
  type OnMove,
  ReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import "./map.css";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { serverNow } from "#shared/clock/clock-store.ts";
import { clearSelection, toggleSelected } from "#shared/selection/selection-store.ts";
import { useShownTheme } from "#shared/theme/theme-store.ts";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import { showBootLog } from "#shared/workspace/log-command.ts";
import { hasUsefulLog, type NextStep, nextSteps } from "#shared/workspace/next-step.ts";
import { focusPanelOf } from "#shared/workspace/panel-focus.ts";
import { statusStyle, TONE_VARIABLE } from "#shared/workspace/status.ts";
import { AlignGuides } from "./align-guides.tsx";
import { DropHint } from "./drop-hint.tsx";
import { type Direction, neighbour } from "./drop-target.ts";
import { isAnyInView, ZOOM_MIN } from "./in-view.ts";
import { type FlowNode, teamEdges } from "./node-model.ts";
import { useSaveViewport } from "./queries.ts";
import { useSparkSource } from "./sparklines.tsx";
import { TeamFrames } from "./team-frames.tsx";
import { useBatchSelect } from "./use-batch-select.ts";
import { useDragging } from "./use-dragging.ts";
import { useKeyMoves } from "./use-key-moves.ts";
import { useMapCommands } from "./use-map-commands.ts";
import { firstFit, fitAll, useMapViewport, usePane } from "./use-map-viewport.ts";
import { useMoves } from "./use-moves.ts";
import { isLateStart, WorkspaceNode } from "./workspace-node.tsx";

const NODE_TYPES: NodeTypes = { workspace: WorkspaceNode };
const VIEWPORT_PAUSE_MILLISECONDS = 1_000;
const MINIMAP_COLOR = (node: FlowNode) => TONE_VARIABLE[statusStyle(node.data.node.status).tone];
const MULTI_SELECT_KEYS = ["Shift", "Meta", "Control"];
const ARROWS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const PRO_OPTIONS = { hideAttribution: true };
const DESCRIPTION = "Enter opens it, arrows move it, Alt and arrows go to the next, X selects it. ? shows all keys.";
/**
 * Replaces React Flow's descriptions, which name keys that work differently here. Its version determines which of the two
 * it uses.
 */
const LABELS: Partial<AriaLabelConfig> = {
  "node.a11yDescription.default": DESCRIPTION,
  "node.a11yDescription.keyboardDisabled": DESCRIPTION,
};

interface WorkspaceMapProps {
  snapshot: readonly CanvasNode[];
  savedViewport: Viewport | null;
  onMenu: (node: CanvasNode, at: { x: number; y: number }) => void;
  /** Called when a step offered by a card is chosen. */
  onNextStep: (node: CanvasNode, step: NextStep) => void;
}

export function WorkspaceMap({ snapshot, savedViewport, onMenu, onNextStep }: WorkspaceMapProps) {
  const moves = useMoves(snapshot);
  const { nodes, setNodes, onNodesChange } = moves;
  const drag = useDragging(snapshot, moves);
  const onSelectionChange = useBatchSelect(setNodes, snapshot);
  const edges = useMemo(() => teamEdges(snapshot), [snapshot]);
  const theme = useShownTheme();
  const pane = usePane();
  // The last viewport, unless no card is left in it: an empty map would hide the others.
  const [start] = useState(() =>
    savedViewport && isAnyInView(nodes, savedViewport, pane.size()) ? savedViewport : null,
  );
  const [fit] = useState(() => firstFit(nodes, pane));
  const onMoveEnd = useViewportSaving(start === null);
  const viewport = useMapViewport(nodes, snapshot, pane);
  const fitAllOptions = useMemo(() => fitAll(pane), [pane]);
  const keyMoves = useKeyMoves(snapshot, moves, viewport);
  useMapCommands(snapshot, moves, viewport);
  useSparkSource();

  const open = useCallback(
    ({ target }: MouseEvent, { id, data: { node } }: FlowNode) => {
      const wanted = target instanceof Element ? target.closest<HTMLElement>("[data-next]")?.dataset.next : undefined;
      if (wanted === "logs") return showBootLog(id);
      const step = wanted === undefined ? undefined : stepsOf(node).find(({ verb }) => verb === wanted);
      if (step) onNextStep(node, step);
      else showPanel(id);
    },
    [onNextStep],
  );

  const onContextMenu = useCallback(
    (event: MouseEvent, { data }: FlowNode) => {
      event.preventDefault();
      onMenu(data.node, { x: event.clientX, y: event.clientY });
    },
    [onMenu],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = nodeIdOf(event.target);
    const isBox = event.target instanceof HTMLElement && event.target.matches(".react-flow__nodesselection-rect");
    if ((!id && !isBox) || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const direction = ARROWS[key];
    if (direction || key === "Enter" || key === " " || key === "Escape") {
      // Handled before React Flow, which uses these keys differently.
      event.preventDefault();
      event.stopPropagation();
    }
    if (key === "Escape") clearSelection();
    else if (direction && !event.altKey) keyMoves.step(id, direction, event.shiftKey);
    else if (id) cardKey(id, key, direction);
  };

  const cardKey = (id: string, key: string, direction: Direction | undefined) => {
    const node = nodes.find((one) => one.id === id)?.data.node;
    if (direction) {
      const next = neighbour(nodes, id, direction);
      if (next) viewport.focusCard(next);
    } else if (key === "Enter" || key === " ") {
      showPanel(id);
      if (key === "Enter") focusPanelOf(id);
    } else if (key === "x") toggleSelected(id);
    else if (key === "z") viewport.zoomToTeam(id);
    else if (node && (key === "n" || key === "N")) {
      const step = stepsOf(node)[key === "n" ? 0 : 1];
      if (step) onNextStep(node, step);
    } else if (node && key === "l" && hasUsefulLog(node.status, isLateStart(node, serverNow()))) showBootLog(id);
  };

  return (
    <div className="@container relative h-full" onKeyDownCapture={onKeyDown} onPointerDownCapture={keyMoves.settle}>
      <ReactFlow<FlowNode>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onNodeDragStart={(event, node, dragged) => drag.start(node, dragged, event.altKey)}
        onNodeDrag={(event, node) => drag.move(node, event.ctrlKey || event.metaKey)}
        onNodeDragStop={() => void drag.stop()}
        onSelectionDragStart={(event, dragged) => drag.start(dragged[0], dragged, event.altKey)}
        onSelectionDrag={(event, dragged) => drag.move(dragged[0], event.ctrlKey || event.metaKey)}
        onSelectionDragStop={() => void drag.stop()}
        onSelectionChange={onSelectionChange}
        multiSelectionKeyCode={MULTI_SELECT_KEYS}
        onNodeClick={(event, node) => !event.shiftKey && !event.metaKey && !event.ctrlKey && open(event, node)}
        onNodeDoubleClick={(event, node) => {
          open(event, node);
          focusPanelOf(node.id);
        }}
        onNodeContextMenu={onContextMenu}
        onMoveEnd={onMoveEnd}
        {...(start ? { defaultViewport: start } : { fitView: true, fitViewOptions: fit })}
        minZoom={ZOOM_MIN}
        maxZoom={2}
        onlyRenderVisibleElements
        nodesConnectable={false}
        edgesFocusable={false}
        elevateNodesOnSelect
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        // Dragging pans anyway. As a key for panning, Space would stop working on every disclosure of the page.
        panActivationKeyCode={null}
        colorMode={theme}
        ariaLabelConfig={LABELS}
        proOptions={PRO_OPTIONS}
      >
        <TeamFrames nodes={nodes} />
        <AlignGuides />
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--line)" />
        <Controls showInteractive={false} fitViewOptions={fitAllOptions} position="bottom-left" />
        <MiniMap<FlowNode>
          pannable
          zoomable
          position="bottom-right"
          nodeColor={MINIMAP_COLOR}
          nodeBorderRadius={12}
          className="hidden @2xl:block"
          ariaLabel="Map overview"
        />
      </ReactFlow>
      <DropHint />
    </div>
  );
}

/** The steps a card offers now, including those of a late start. */
const stepsOf = (node: CanvasNode): NextStep[] => nextSteps(node, isLateStart(node, serverNow()));

const showPanel = (id: string) => navigate((state) => openWorkspace(state, id));

function nodeIdOf(target: EventTarget): string | null {
  return target instanceof HTMLElement && target.classList.contains("react-flow__node")
    ? (target.dataset.id ?? null)
    : null;
}

/** Stores the viewport shortly after the last movement, except the automatic fit of the first load. */
function useViewportSaving(isFitted: boolean): OnMove {
  const saveViewport = useSaveViewport();
  const isFirst = useRef(isFitted);
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; viewport: Viewport } | null>(null);
  const { mutate } = saveViewport;

  const flush = useCallback(() => {
    const unsaved = waiting.current;
    if (!unsaved) return;
    clearTimeout(unsaved.timer);
    // It counts as unsaved until the server has it: a reload aborts a request that was sent just before.
    mutate(unsaved.viewport, {
      onSuccess: () => {
        if (waiting.current === unsaved) waiting.current = null;
      },
    });
  }, [mutate]);

  useEffect(() => {
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      flush();
    };
  }, [flush]);

  return useCallback(
    (event, { x, y, zoom }) => {
      const isFit = isFirst.current && !event;
      isFirst.current = false;
      if (isFit) return;
      if (waiting.current) clearTimeout(waiting.current.timer);
      waiting.current = { viewport: { x, y, zoom }, timer: setTimeout(flush, VIEWPORT_PAUSE_MILLISECONDS) };
    },
    [flush],
  );
}
