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

/** Who asks, or null. A bearer token wins over a cookie: a browser that sends both means the token. */
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

/** The token behind an actor's id; null for an actor that is none. */
export const tokenIdOf = (actorId: string): string | null =>
  actorId.startsWith(TOKEN_PREFIX) ? actorId.slice(TOKEN_PREFIX.length) : null;

/** Whether a token has not been revoked since it let its actor in: for what stays open longer than a request. */
export async function isStillAdmitted(deps: Deps, actor: Actor): Promise<boolean> {
  const tokenId = tokenIdOf(actor.id);
  return tokenId === null || (await findLiveTokenById(deps.db, tokenId)) !== undefined;
}

async function byToken(deps: Deps, secret: string): Promise<Actor | null> {
  if (sameSecret(secret, deps.settings.ownerToken)) return ownerActor(deps.installation.orgId);
  if (!secret.startsWith("brt_")) return null;
  const token = await findLiveToken(deps.db, hashSecret(secret));
  if (!token) return null;
  if (isWorthTouching(token)) await touchToken(deps.db, token.id);
  return tokenActor(token);
}

/** Written once a minute at most, so most requests need not even ask. */
const isWorthTouching = ({ lastUsedAt }: TokenRow): boolean =>
  lastUsedAt === null || Math.abs(Date.now() - lastUsedAt.getTime()) > 60_000;

const tokenActor = (token: TokenRow): Actor => ({
  kind: token.kind,
  id: `${TOKEN_PREFIX}${token.id}`,
  name: token.name,
  orgId: token.orgId,
  role: token.kind === "workspace" ? "workspace" : "member",
  workspaceId: token.workspaceId,
});

/** Lets a daemon in when its token fits its incarnation and that incarnation is still wanted. */
export async function authenticateDaemon(
  deps: Pick<Deps, "db" | "installation">,
  { incarnationId, token }: { incarnationId: string; token: string },
): Promise<{ workspaceId: string; purpose: InstancePurpose } | null> {
  const row = await wantedIncarnation(deps, incarnationId);
  if (row === null || !sameSecret(token, tunnelTokenOf(deps.installation, row))) return null;
  return { workspaceId: row.workspaceId, purpose: row.purpose };
}

/** @returns null for what is no incarnation, for one that has ended, and for one of a workspace that should not run. */
export async function wantedIncarnation(
  { db }: Pick<Deps, "db">,
  incarnationId: string,
): Promise<IncarnationRow | null> {
  if (!/^[0-9a-f-]{36}$/.test(incarnationId)) return null;
  const row = await findIncarnation(db, incarnationId);
  if (!row || row.endedAt) return null;
  if (row.purpose === "browse") return row;
  const workspace = await findWorkspace(db, row.workspaceId);
  if (!workspace) return null;
  // An older machine may still be copied from until it is destroyed; one of a stopped or deleted workspace for that alone.
  const isWanted = workspace.desired === "running" || (await fillSources(db)).includes(incarnationId);
  return isWanted ? row : null;
}
