import {
  findViewport,
  inTransaction,
  lastSequence,
  listCanvasRows,
  openStepByWorkspace,
  saveViewport as saveRow,
  saveLayout as saveRows,
} from "@berth/db";
import { type Actor, type CanvasNode, layoutChanged, type SaveLayoutInput, type Viewport } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { iso, isRestartRequired } from "../workspaces/present.ts";

export interface CanvasSnapshot {
  nodes: CanvasNode[];
  /** The last event sequence that the snapshot includes. Clients follow the events after it. */
  asOf: number;
  viewport: Viewport | null;
  serverTime: string;
}

/**
 * Everything that the map shows. `asOf` is read first, so a concurrent commit may be seen twice but is never missed.
 */
export async function canvasSnapshot(deps: Deps, actor: Actor): Promise<CanvasSnapshot> {
  const asOf = await lastSequence(deps.db);
  const [rows, steps, viewport] = await Promise.all([
    listCanvasRows(deps.db, actor.orgId),
    openStepByWorkspace(deps.db, actor.orgId),
    findViewport(deps.db, actor.id),
  ]);
  const nodes = rows.map(({ workspace, runningFingerprint }): CanvasNode => {
    const { x, y, provisioningStartedAt } = workspace;
    return {
      id: workspace.id,
      name: workspace.name,
      role: workspace.role,
      parentId: workspace.parentId,
      status: workspace.status,
      statusReason: workspace.statusReason,
      backend: workspace.backend,
      runtime: workspace.runtime,
      tier: workspace.tier,
      generation: workspace.generation,
      restartRequired: isRestartRequired(workspace, runningFingerprint),
      dataState: workspace.dataState,
      position: { x, y },
      collapsed: workspace.collapsed,
      currentTask: workspace.currentTask,
      provisioningStartedAt: iso(provisioningStartedAt),
      step: steps.get(workspace.id)?.at(-1)?.name ?? null,
    };
  });
  return { nodes, asOf, viewport: viewport ?? null, serverTime: new Date().toISOString() };
}

export async function saveLayout(deps: Deps, actor: Actor, { positions }: SaveLayoutInput): Promise<{ saved: number }> {
  return inTransaction(deps.db, async (tx) => {
    const ids = await saveRows(tx, actor.orgId, positions);
    if (ids.length > 0) tx.emit(layoutChanged(actor.orgId, ids));
    return { saved: ids.length };
  });
}

export async function saveViewport(deps: Deps, actor: Actor, viewport: Viewport): Promise<Viewport> {
  await saveRow(deps.db, actor.id, viewport);
  return viewport;
}
