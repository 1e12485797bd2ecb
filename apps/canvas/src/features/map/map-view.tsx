"use client";

import type { CanvasNode } from "@berth/domain";
import { ReactFlowProvider } from "@xyflow/react";
import { Anchor, LayoutGrid, Plus } from "lucide-react";
import { useCallback, useState } from "react";
import { BatchBar } from "#features/batch/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { lazyPart } from "#shared/ui/lazy-part.tsx";
import { ViewHeader } from "#shared/ui/view-header.tsx";
import { runOnMap } from "#shared/workspace/map-command.ts";
import type { NextStep } from "#shared/workspace/next-step.ts";
import { attentionSummary, childCounts } from "./node-model.ts";
import { WorkspaceMap } from "./workspace-map.tsx";

const NodeMenu = lazyPart(() => import("./node-menu.tsx").then((module) => module.NodeMenu), { isQuiet: true });

const RequestVerb = lazyPart(() => import("#features/actions/index.ts").then((feature) => feature.RequestVerb), {
  isQuiet: true,
});

const NO_NODES: CanvasNode[] = [];

export function MapView() {
  const snapshot = useSnapshot();
  const nodes = snapshot.data?.nodes ?? NO_NODES;
  const [menu, setMenu] = useState<{ node: CanvasNode; at: { x: number; y: number } } | null>(null);
  const onMenu = useCallback((node: CanvasNode, at: { x: number; y: number }) => setMenu({ node, at }), []);
  const [asked, setAsked] = useState<{ node: CanvasNode; step: NextStep } | null>(null);
  const onNextStep = useCallback((node: CanvasNode, step: NextStep) => setAsked({ node, step }), []);
  // The menu shows the workspace's current state, not that of when it opened.
  const menuNode = menu && nodes.find((node) => node.id === menu.node.id);

  return (
    <section aria-label="Berth workspace canvas" className="flex h-full flex-col">
      <ViewHeader title="Map" note={nodes.length > 0 && <Summary nodes={nodes} />}>
        {nodes.length > 1 && (
          <Button
            aria-label="Arrange the map"
            icon={<LayoutGrid aria-hidden className="size-4" />}
            onClick={() => runOnMap({ kind: "arrange_all" })}
          >
            <span className="max-sm:hidden">Arrange</span>
          </Button>
        )}
        <Button kind="primary" icon={<Plus aria-hidden className="size-4" />} onClick={create}>
          New workspace
        </Button>
      </ViewHeader>
      <div className="min-h-0 flex-1">
        {nodes.length === 0 ? (
          <EmptyState
            icon={<Anchor aria-hidden />}
            title="No workspaces yet"
            action={
              <Button kind="primary" icon={<Plus aria-hidden className="size-4" />} onClick={create}>
                Create workspace
              </Button>
            }
          >
            A workspace runs agents and tools on a replaceable machine. Its files persist.
          </EmptyState>
        ) : (
          <ReactFlowProvider>
            <WorkspaceMap
              snapshot={nodes}
              savedViewport={snapshot.data?.viewport ?? null}
              onMenu={onMenu}
              onNextStep={onNextStep}
            />
          </ReactFlowProvider>
        )}
      </div>
      {/* Below the map, because a bar above it would move the cards under the pointer. */}
      <BatchBar />
      {asked && (
        <RequestVerb
          key={`${asked.node.id} ${asked.node.generation}`}
          target={asked.node}
          step={asked.step}
          onDone={() => setAsked(null)}
        />
      )}
      {menuNode && menu && (
        <NodeMenu
          node={menuNode}
          childCount={childCounts(nodes).get(menuNode.id) ?? 0}
          at={menu.at}
          onClose={() => setMenu(null)}
        />
      )}
    </section>
  );
}

function Summary({ nodes }: { nodes: readonly CanvasNode[] }) {
  const troubles = attentionSummary(nodes);
  return (
    <>
      {count(nodes.length, "workspace")}
      {troubles && <span className="font-medium text-bad"> · {troubles}</span>}
    </>
  );
}

const create = () => openDialog({ kind: "create", parentId: null });
