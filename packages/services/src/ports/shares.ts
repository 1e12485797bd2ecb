import { createHmac, randomUUID } from "node:crypto";
import {
  findOwnedWorkspace,
  findPortShare,
  insertPortShare,
  inTransaction,
  type PortShareRow,
  revokePortShare,
} from "@berth/db";
import {
  type Actor,
  DomainError,
  notFound,
  type PortShare,
  portShared,
  portShareRevoked,
  type RevokeShareInput,
  type SharePortInput,
} from "@berth/domain";
import { hashSecret } from "../access/secrets.ts";
import type { Deps } from "../deps.ts";
import { workspaceDeleted } from "../workspaces/read.ts";
import { previewOrigin, SHARE_PARAMETER } from "./addresses.ts";

/** Nothing needs to listen on the port yet. */
export async function sharePort(deps: Deps, actor: Actor, input: SharePortInput): Promise<PortShare> {
  const { workspaceId, port, expiresInSeconds: seconds } = input;
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
  if (!workspace) throw notFound("The workspace");
  if (workspace.desired === "deleted") throw workspaceDeleted(workspace);
  if (deps.settings.previewDomain === null) throw previewsOff();
  const id = randomUUID();
  const secretHash = hashSecret(secretOf(deps, id));
  const row = await inTransaction(deps.db, async (tx) => {
    const stored = await insertPortShare(tx, { id, orgId: actor.orgId, workspaceId, port, secretHash, seconds });
    tx.emit(portShared(stored, actor.id));
    return stored;
  });
  return presentShare(deps, row);
}

/** Its open connections are closed within a second, in every process. Revoking it again changes nothing. */
export async function revokeShare(deps: Deps, actor: Actor, { id }: RevokeShareInput): Promise<{ id: string }> {
  const row = await findPortShare(deps.db, actor.orgId, id);
  const isOwn = actor.workspaceId === null || actor.workspaceId === row?.workspaceId;
  if (!row || !isOwn) throw notFound("The share");
  await inTransaction(deps.db, async (tx) => {
    if (await revokePortShare(tx, id)) tx.emit(portShareRevoked(row, actor.id));
  });
  return { id };
}

export const presentShare = (deps: Deps, row: PortShareRow): PortShare => ({
  id: row.id,
  url: `${previewOrigin(deps, row)}/?${SHARE_PARAMETER}=${secretOf(deps, row.id)}`,
  expiresAt: row.expiresAt.toISOString(),
});

/** Derived, so that the link can be shown again although only its hash is stored. */
const secretOf = ({ installation }: Deps, id: string): string =>
  createHmac("sha256", installation.tunnelSecret).update(`port-share:${id}`).digest("base64url");

const previewsOff = (): DomainError =>
  new DomainError(
    "invalid_input",
    "Previews have no address here, so nothing can be shared. Set BERTH_PREVIEW_DOMAIN to a domain whose subdomains lead to this server.",
  );
