import { randomUUID } from "node:crypto";
import {
  appendEvents,
  type Database,
  findOpenOperation,
  insertIncarnation,
  insertOperation,
  lockWorkspace,
  type NewEvent,
  setRestartAgain,
  type WorkspaceRow,
  writeIntent,
} from "@berth/db";
import { isLive } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { statusEvent } from "./status-event.ts";

/**
 * A restart nobody asked for by hand. Many causes at once give one restart now and at most one more after it: while an
 * operation runs, the cause is noted on the row, and whoever concludes that operation starts the one more.
 */
export async function requestAutomaticRestart(
  deps: Deps,
  workspaceId: string,
  cause: string,
  /** For a cause that was seen in one generation and means nothing to the next. */
  ifGeneration?: number,
): Promise<"started" | "noted" | "ignored"> {
  return deps.db.transaction(async (tx) => {
    const workspace = await lockWorkspace(tx, workspaceId);
    if (workspace?.desired !== "running") return "ignored";
    if (ifGeneration !== undefined && workspace.generation !== ifGeneration) return "ignored";
    if (await findOpenOperation(tx, workspaceId)) {
      await setRestartAgain(tx, workspaceId, cause);
      return "noted";
    }
    if (!isLive(workspace.status)) return "ignored";
    await appendEvents(tx, await insertRecovery(tx, workspace, cause));
    return "started";
  });
}

/** Writes the intent and the operation of an automatic restart. The workspace's row is locked by the caller. */
export async function insertRecovery(tx: Database, workspace: WorkspaceRow, cause: string): Promise<NewEvent[]> {
  const { id, orgId, backend } = workspace;
  const incarnationId = randomUUID();
  const moved = await writeIntent(tx, id, { desired: "running", status: "provisioning", incarnationId });
  await insertIncarnation(tx, { id: incarnationId, workspaceId: id, generation: moved.generation, backend });
  const requestedBy = `berth: ${cause}`;
  const operation = await insertOperation(tx, {
    orgId,
    workspaceId: id,
    kind: "recover",
    generation: moved.generation,
    requestedBy,
  });
  const data = { operationId: operation.id, kind: "recover", cause };
  return [statusEvent(moved), { orgId, type: "operation.queued", workspaceId: id, data }];
}
