import type { InstancePurpose } from "@berth/backends";
import {
  fillSources,
  findIncarnation,
  findLiveToken,
  findLiveTokenById,
  findSession,
  findWorkspace,
  type IncarnationRow,
  type TokenRow,
  touchToken,
} from "@berth/db";
import type { Actor } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { hashSecret, sameSecret, tunnelTokenOf } from "./secrets.ts";

export interface Credentials {
  bearer: string | null;
  cookie: string | null;
}

export const ownerActor = (orgId: string): Actor => ({
  kind: "owner",
  id: "owner",
  name: "Owner",
  orgId,
  role: "owner",
  workspaceId: null,
});

/**
 * @returns the caller, or null. A bearer token takes precedence over a cookie, because browsers always send the cookie.
 */
export async function authenticate(deps: Deps, { bearer, cookie }: Credentials): Promise<Actor | null> {
  if (bearer !== null) return byToken(deps, bearer);
  if (cookie === null) return null;
  const session = await findSession(deps.db, hashSecret(cookie));
  if (!session) return null;
  if (session.tokenId === null) return ownerActor(session.orgId);
  const token = await findLiveTokenById(deps.db, session.tokenId);
  return token ? tokenActor(token) : null;
}

const TOKEN_PREFIX = "token:";

/** The id of an actor's token, or null when the actor has none. */
export const tokenIdOf = (actorId: string): string | null =>
  actorId.startsWith(TOKEN_PREFIX) ? actorId.slice(TOKEN_PREFIX.length) : null;

/** Whether the actor's token is still valid. For streams, which outlive the request that opened them. */
export async function isTokenLive(deps: Deps, actor: Actor): Promise<boolean> {
  const tokenId = tokenIdOf(actor.id);
  return tokenId === null || (await findLiveTokenById(deps.db, tokenId)) !== undefined;
}

async function byToken(deps: Deps, secret: string): Promise<Actor | null> {
  if (sameSecret(secret, deps.settings.ownerToken)) return ownerActor(deps.installation.orgId);
  if (!secret.startsWith("brt_")) return null;
  const token = await findLiveToken(deps.db, hashSecret(secret));
  if (!token) return null;
  if (isTouchDue(token)) await touchToken(deps.db, token.id);
  return tokenActor(token);
}

/** `lastUsedAt` is written at most once a minute, so most requests skip the statement. */
const isTouchDue = ({ lastUsedAt }: TokenRow): boolean =>
  lastUsedAt === null || Math.abs(Date.now() - lastUsedAt.getTime()) > 60_000;

const tokenActor = (token: TokenRow): Actor => ({
  kind: token.kind,
  id: `${TOKEN_PREFIX}${token.id}`,
  name: token.name,
  orgId: token.orgId,
  role: token.kind === "workspace" ? "workspace" : "member",
  workspaceId: token.workspaceId,
});

/** Admits a daemon whose token matches its incarnation, if that incarnation should still run. */
export async function authenticateDaemon(
  deps: Pick<Deps, "db" | "installation">,
  { incarnationId, token }: { incarnationId: string; token: string },
): Promise<{ workspaceId: string; purpose: InstancePurpose } | null> {
  const row = await admissibleIncarnation(deps, incarnationId);
  if (row === null || !sameSecret(token, tunnelTokenOf(deps.installation, row))) return null;
  return { workspaceId: row.workspaceId, purpose: row.purpose };
}

/** @returns null when the incarnation is unknown, has ended, or belongs to a workspace that should not run */
export async function admissibleIncarnation(
  { db }: Pick<Deps, "db">,
  incarnationId: string,
): Promise<IncarnationRow | null> {
  if (!/^[0-9a-f-]{36}$/.test(incarnationId)) return null;
  const row = await findIncarnation(db, incarnationId);
  if (!row || row.endedAt) return null;
  if (row.purpose === "browse") return row;
  const workspace = await findWorkspace(db, row.workspaceId);
  if (!workspace) return null;
  // An instance whose files are being copied to a volume is admitted even if its workspace should not run.
  const isAdmissible = workspace.desired === "running" || (await fillSources(db)).includes(incarnationId);
  return isAdmissible ? row : null;
}
