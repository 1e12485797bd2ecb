import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Pool } from "@berth/db";

/** Inserts a second org with one row of each kind, because the API cannot create an org. */
export async function insertForeignOrg(pool: Pool) {
  const orgId = randomUUID();
  const workspaceId = randomUUID();
  const volumeId = randomUUID();
  const operationId = randomUUID();
  const tokenId = randomUUID();
  const secret = `brt_org_${randomBytes(32).toString("base64url")}`;
  await pool.query(
    `insert into volumes (id, org_id, workspace_id, workspace_name, backend, state)
     values ($1, $2, $3, 'foreign', 'memory', 'attached')`,
    [volumeId, orgId, workspaceId],
  );
  await pool.query(
    `insert into workspaces (id, org_id, name, runtime, model, tier, backend, compute, desired, status, volume_id)
     values ($1, $2, 'foreign', 'shell', 'm', 3, 'memory', '{"dataPersistence":"auto","homeSnapshot":false}', 'running', 'failed', $3)`,
    [workspaceId, orgId, volumeId],
  );
  await pool.query(
    `insert into operations (id, org_id, workspace_id, kind, status, generation, requested_by, finished_at)
     values ($1, $2, $3, 'create', 'failed', 1, 'someone', now())`,
    [operationId, orgId, workspaceId],
  );
  await pool.query("insert into tokens (id, org_id, kind, name, hash) values ($1, $2, 'org', 'foreign', $3)", [
    tokenId,
    orgId,
    createHash("sha256").update(secret).digest("hex"),
  ]);
  await pool.query("insert into events (org_id, type, workspace_id, data) values ($1, 'workspace.created', $2, '{}')", [
    orgId,
    workspaceId,
  ]);
  return { orgId, workspaceId, volumeId, operationId, tokenId, secret };
}
