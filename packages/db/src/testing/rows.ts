import { randomUUID } from "node:crypto";
import type pg from "pg";
import { type Database, openDatabase } from "../database.ts";
import { createPool } from "../pool.ts";
import type { OperationRow } from "../repositories/operations.ts";
import { insertOperation, type NewOperation } from "../repositories/requests.ts";
import { insertVolume, type VolumeRow } from "../repositories/volumes.ts";
import { insertWorkspace, type NewWorkspace, type WorkspaceRow } from "../repositories/workspaces.ts";
import { createTestDatabase } from "./test-database.ts";

export interface TestRows extends AsyncDisposable {
  readonly db: Database;
  readonly pool: pg.Pool;
  readonly url: string;
  readonly orgId: string;
  workspace(changes?: Partial<NewWorkspace>): Promise<WorkspaceRow>;
  operation(workspace: WorkspaceRow, changes?: Partial<NewOperation>): Promise<OperationRow>;
  volume(changes?: Partial<Parameters<typeof insertVolume>[1]>): Promise<VolumeRow>;
}

/** Creates a test database with functions that insert rows. */
export async function openTestRows({ max = 20 }: { max?: number } = {}): Promise<TestRows> {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max, onError: () => {} });
  const db = openDatabase(pool);
  const orgId = randomUUID();
  return {
    db,
    pool,
    orgId,
    url: database.url,
    workspace: (changes = {}) => insertWorkspace(db, { ...newWorkspace(orgId), ...changes }),
    operation: (workspace, changes = {}) =>
      insertOperation(db, {
        orgId,
        workspaceId: workspace.id,
        kind: "restart",
        generation: workspace.generation,
        requestedBy: "test",
        ...changes,
      }),
    volume: (changes = {}) =>
      insertVolume(db, { orgId, workspaceId: null, workspaceName: "a", backend: "memory", ...changes }),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

const newWorkspace = (orgId: string): NewWorkspace => ({
  orgId,
  name: `workspace ${randomUUID()}`,
  runtime: "shell",
  model: "m",
  tier: 3,
  backend: "memory",
  compute: { dataPersistence: "auto", homeSnapshot: false },
  desired: "running",
  status: "online",
});
