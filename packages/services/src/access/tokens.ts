import {
  findOwnedWorkspace,
  insertToken,
  inTransaction,
  listTokens as listRows,
  revokeToken as revokeRow,
  type TokenRow,
} from "@berth/db";
import {
  type Actor,
  type CreateTokenInput,
  DomainError,
  notFound,
  type Token,
  tokenCreated,
  tokenRevoked,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { iso } from "../workspaces/present.ts";
import { workspaceDeleted } from "../workspaces/read.ts";
import { hashSecret, newSecret } from "./secrets.ts";

const presentToken = (row: TokenRow): Token => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  workspaceId: row.workspaceId,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: iso(row.lastUsedAt),
  revokedAt: iso(row.revokedAt),
});

/** Only this response contains the secret; the database stores its hash. */
export async function createToken(
  deps: Deps,
  actor: Actor,
  input: CreateTokenInput,
): Promise<{ token: Token; secret: string }> {
  const workspaceId = input.kind === "workspace" ? input.workspaceId : null;
  if (workspaceId) {
    const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
    if (!workspace) throw notFound("The workspace");
    if (workspace.desired === "deleted") throw workspaceDeleted(workspace);
  }
  const secret = newSecret(input.kind === "workspace" ? "brt_ws_" : "brt_org_");
  const row = await inTransaction(deps.db, async (tx) => {
    const { kind, name } = input;
    const stored = await insertToken(tx, { orgId: actor.orgId, kind, name, workspaceId, hash: hashSecret(secret) });
    tx.emit(tokenCreated(stored));
    return stored;
  });
  return { token: presentToken(row), secret };
}

/** The error for a repeated request. The secret is not stored, so it cannot be shown again. */
export const tokenShownOnce = ({ token }: { token: Token }): DomainError =>
  new DomainError(
    "already_exists",
    `The token "${token.name}" was created by the first request with this Idempotency-Key, and its secret was shown once. If that response was lost, revoke the token and create another one with a new key.`,
    { details: { tokenId: token.id } },
  );

export async function listTokens(
  deps: Deps,
  actor: Actor,
  { workspaceId }: { workspaceId?: string | undefined },
): Promise<Token[]> {
  return (await listRows(deps.db, actor.orgId, workspaceId)).map(presentToken);
}

/** Revokes a token with immediate effect. Revoking it again changes nothing. */
export async function revokeToken(deps: Deps, actor: Actor, { id }: { id: string }): Promise<Token> {
  return inTransaction(deps.db, async (tx) => {
    const row = await revokeRow(tx, actor.orgId, id);
    if (!row) throw notFound("The token");
    tx.emit(tokenRevoked(row));
    return presentToken(row);
  });
}
