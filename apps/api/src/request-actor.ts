import { type Actor, DomainError } from "@berth/domain";
import { authenticate, type Deps } from "@berth/services";
import type { FastifyRequest } from "fastify";

/**
 * Browsers send a host's cookies to all its ports. The name contains the installation, so that two installations on one
 * host do not overwrite each other's sessions.
 */
export const sessionCookieName = ({ installation }: Pick<Deps, "installation">): string =>
  `berth_session_${installation.id.slice(0, 8)}`;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The parts of a request, or of an upgrade, that identify the caller. */
export type ActorRequest = Pick<FastifyRequest, "headers" | "cookies" | "method">;

/**
 * The actor of a request. A mutation that is authenticated by a cookie only must come from our own pages.
 *
 * @throws DomainError `forbidden` for such a mutation from another origin.
 */
export async function actorOf(deps: Deps, request: ActorRequest): Promise<Actor | null> {
  const bearer = bearerOf(request);
  const cookie = request.cookies[sessionCookieName(deps)] ?? null;
  if (bearer === null && cookie !== null && !SAFE_METHODS.has(request.method)) requireSameOrigin(deps, request);
  return authenticate(deps, { bearer, cookie });
}

export const bearerOf = (request: Pick<ActorRequest, "headers">): string | null =>
  /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? "")?.[1] ?? null;

/**
 * Browsers send the origin of a request in `Origin` and `Sec-Fetch-Site`; scripts send neither, nor cookies. Our pages
 * come from the public URL, whatever a proxy does to `Host`, or from the requested host. `X-Forwarded-Host` is ignored,
 * because any client can set it.
 */
export function isSameOrigin({ settings }: Pick<Deps, "settings">, request: Pick<ActorRequest, "headers">): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return request.headers["sec-fetch-site"] === "same-origin";
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.origin === new URL(settings.publicUrl).origin || from.host === hostOf(from.protocol, host);
}

/** In lower case and without the scheme's default port, as in an origin. */
function hostOf(protocol: string, host: string | undefined): string | null {
  const address = `${protocol}//${host ?? ""}`;
  return URL.canParse(address) ? new URL(address).host : null;
}

export function requireSameOrigin(deps: Pick<Deps, "settings">, request: Pick<ActorRequest, "headers">): void {
  if (isSameOrigin(deps, request)) return;
  throw new DomainError(
    "forbidden",
    "This request came from another site. Send it from Berth's own pages, or with a bearer token. Behind a proxy, set BERTH_PUBLIC_URL to the address that browsers use.",
  );
}
