import { type Actor, DomainError } from "@berth/domain";
import { authenticate, type Deps } from "@berth/services";
import type { FastifyRequest } from "fastify";

export const SESSION_COOKIE = "berth_session";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** What tells who asks: of a request, or of an upgrade before there is one. */
export type Asking = Pick<FastifyRequest, "headers" | "cookies" | "method">;

/**
 * Who sent a request. A mutation that comes with nothing but a cookie must come from our own pages.
 *
 * @throws DomainError `forbidden` for a cookie's mutation from another origin.
 */
export async function actorOf(deps: Deps, request: Asking): Promise<Actor | null> {
  const bearer = bearerOf(request);
  const cookie = request.cookies[SESSION_COOKIE] ?? null;
  if (bearer === null && cookie !== null && !SAFE_METHODS.has(request.method)) requireSameOrigin(request);
  return authenticate(deps, { bearer, cookie });
}

export const bearerOf = (request: Pick<Asking, "headers">): string | null =>
  /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? "")?.[1] ?? null;

/** Browsers say where a request comes from in `Origin`, and in `Sec-Fetch-Site` besides; scripts send neither, nor cookies. */
export function isSameOrigin(request: Pick<Asking, "headers">): boolean {
  const { origin } = request.headers;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === request.headers.host;
  return request.headers["sec-fetch-site"] === "same-origin";
}

export function requireSameOrigin(request: Pick<Asking, "headers">): void {
  if (isSameOrigin(request)) return;
  throw new DomainError(
    "forbidden",
    "This request came from another site. Send it from Berth's own pages, or with a bearer token.",
  );
}
