import {
  findOpenOperation,
  inTransaction,
  lockWorkspace,
  type OperationRow,
  setRestartAgain,
  type Transaction,
  type WorkspaceRow,
} from "@berth/db";
import { isLive } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { requestOperation } from "./request.ts";

/**
 * Restarts a workspace without a caller. Concurrent causes lead to one restart now and at most one more: while an
 * operation runs, the cause is recorded on the row, and the operation's end requests that second restart.
 */
export async function requestAutomaticRestart(
  deps: Deps,
  workspaceId: string,
  cause: string,
  /** The generation in which the cause was observed. It is ignored in any other generation. */
  ifGeneration?: number,
): Promise<"started" | "noted" | "ignored"> {
  return inTransaction(deps.db, async (tx) => {
    const workspace = await lockWorkspace(tx, workspaceId);
    if (workspace?.desired !== "running") return "ignored";
    if (ifGeneration !== undefined && workspace.generation !== ifGeneration) return "ignored";
    if (await findOpenOperation(tx, workspaceId)) {
      await setRestartAgain(tx, workspaceId, cause);
      return "noted";
    }
    if (!isLive(workspace.status)) return "ignored";
    await requestRecovery(tx, workspace, cause);
    return "started";
  });
}

/** The workspace's row is locked by the caller. */
export const requestRecovery = (tx: Transaction, subject: WorkspaceRow, cause: string): Promise<OperationRow> =>
  requestOperation(tx, {
    ...{ subject, kind: "recover", desired: "running", status: "provisioning", incarnation: "new" },
    ...{ requestedBy: `berth: ${cause}`, cause },
  });
