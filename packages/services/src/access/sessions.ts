import { deleteSession, findLiveToken, insertSession, insertSignInCode, redeemSignInCode } from "@berth/db";
import { DomainError, LIMITS } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { hashSecret, newSecret, sameSecret } from "./secrets.ts";

/** A single-use code for a sign-in link, valid for ten minutes. */
export async function createSignInCode(deps: Deps): Promise<string> {
  const code = newSecret("");
  await insertSignInCode(deps.db, hashSecret(code), LIMITS.signInCodeMinutes * 60);
  return code;
}

/** @returns the cookie's value. @throws DomainError `unauthenticated` when the code is unknown, used or expired. */
export async function signInWithCode(deps: Deps, code: string): Promise<string> {
  if (await redeemSignInCode(deps.db, hashSecret(code))) return openSession(deps, null, deps.installation.orgId);
  throw new DomainError(
    "unauthenticated",
    "This sign-in link was used already or is too old. Restart Berth for a new one, or paste a token.",
  );
}

/** @returns the cookie's value. @throws DomainError `unauthenticated` when the token is not valid. */
export async function signInWithToken(deps: Deps, secret: string): Promise<string> {
  if (sameSecret(secret, deps.settings.ownerToken)) return openSession(deps, null, deps.installation.orgId);
  const token = await findLiveToken(deps.db, hashSecret(secret));
  if (token) return openSession(deps, token.id, token.orgId);
  throw new DomainError(
    "unauthenticated",
    "This token is not valid. Check that you copied all of it and that it has not been revoked.",
  );
}

export const signOut = (deps: Deps, cookie: string): Promise<void> => deleteSession(deps.db, hashSecret(cookie));

async function openSession(deps: Deps, tokenId: string | null, orgId: string): Promise<string> {
  const cookie = newSecret("");
  await insertSession(deps.db, { hash: hashSecret(cookie), orgId, tokenId, seconds: LIMITS.sessionDays * 86_400 });
  return cookie;
}
