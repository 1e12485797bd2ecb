import { findLiveShare, findPreviewSession, insertPreviewCode, redeemPreviewCode } from "@berth/db";
import { type Actor, authorize, DomainError, LIMITS } from "@berth/domain";
import { authenticate, tokenIdOf } from "../access/authenticate.ts";
import { hashSecret, newSecret } from "../access/secrets.ts";
import type { Deps } from "../deps.ts";
import type { PortPlace } from "./ports.ts";

/** What gives access to a port, so that an open connection can be closed when it no longer does. */
export type AccessCredential = { kind: "shares" | "previews" | "tokens"; id: string } | null;

export interface PortAccess {
  actor: Actor;
  /** Null for the owner's token, which is never revoked. */
  credential: AccessCredential;
  /** The credential came in `Authorization`. */
  isBearer: boolean;
}

export interface PreviewCredentials {
  /** The value of the preview's cookie. */
  cookie: string | null;
  /** The secret of a share link. */
  share: string | null;
  bearer: string | null;
}

/** @returns null without access to this port */
export async function previewAccess(
  deps: Deps,
  place: PortPlace,
  { cookie, share, bearer }: PreviewCredentials,
): Promise<PortAccess | null> {
  return (
    (cookie === null ? null : ((await bySession(deps, place, cookie)) ?? (await byShare(deps, place, cookie)))) ??
    (share === null ? null : await byShare(deps, place, share)) ??
    (bearer === null ? null : await byToken(deps, place, bearer))
  );
}

async function byShare(deps: Deps, place: PortPlace, secret: string): Promise<PortAccess | null> {
  const share = await findLiveShare(deps.db, hashSecret(secret));
  if (share?.workspaceId !== place.workspaceId || share.port !== place.port) return null;
  return { actor: visitor(share), credential: { kind: "shares", id: share.id }, isBearer: false };
}

async function bySession(deps: Deps, place: PortPlace, cookie: string): Promise<PortAccess | null> {
  const session = await findPreviewSession(deps.db, place, hashSecret(cookie));
  return (
    (session && { actor: visitor(session), credential: { kind: "previews", id: session.id }, isBearer: false }) || null
  );
}

/** @returns null for an unknown token. @throws DomainError `not_found` for the token of another workspace */
export async function byToken(deps: Deps, { workspaceId }: PortPlace, bearer: string): Promise<PortAccess | null> {
  const actor = await authenticate(deps, { bearer, cookie: null });
  if (!actor) return null;
  authorize(actor, "GET /port/:workspaceId/:port/*", workspaceId);
  const tokenId = tokenIdOf(actor.id);
  return { actor, credential: tokenId === null ? null : { kind: "tokens", id: tokenId }, isBearer: true };
}

/** Reaches this workspace only. */
const visitor = ({ id, orgId, workspaceId }: { id: string; orgId: string; workspaceId: string }): Actor => ({
  ...{ kind: "workspace", role: "workspace", id: `preview:${id}`, name: "Preview" },
  ...{ orgId, workspaceId },
});

/** A one-time code with which the browser of a signed-in person opens a preview. */
export async function createPreviewCode(
  deps: Deps,
  actor: Actor,
  place: PortPlace,
  sessionCookie: string | null,
): Promise<string> {
  const code = newSecret("");
  await insertPreviewCode(deps.db, {
    ...place,
    orgId: actor.orgId,
    codeHash: hashSecret(code),
    tokenId: tokenIdOf(actor.id),
    sessionHash: sessionCookie === null ? null : hashSecret(sessionCookie),
    seconds: LIMITS.previewCodeSeconds,
  });
  return code;
}

/** @returns the value of the preview's cookie. @throws DomainError `unauthenticated` */
export async function openPreviewSession(deps: Deps, place: PortPlace, code: string): Promise<string> {
  const cookie = newSecret("");
  const hashes = { codeHash: hashSecret(code), cookieHash: hashSecret(cookie) };
  if (await redeemPreviewCode(deps.db, place, { ...hashes, seconds: LIMITS.previewSessionHours * 3600 })) return cookie;
  throw new DomainError(
    "unauthenticated",
    "This link to the preview was used already. Open the preview from Berth again.",
  );
}
