import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { DomainError, LIMITS } from "@berth/domain";
import {
  type Deps,
  openPort,
  openPreviewSession,
  type PortAccess,
  type PortPlace,
  previewAccess,
  previewOfHost,
  previewScheme,
  SHARE_PARAMETER,
} from "@berth/services";
import { problemOf, writeProblem } from "../problem-response.ts";
import { bearerOf } from "../request-actor.ts";
import type { LiveAccess } from "./live-access.ts";
import {
  cookieOf,
  cookiesOfServer,
  limitCookie,
  localAddress,
  previewCookieName,
  publicAddress,
  siblingOf,
} from "./preview-headers.ts";
import { respondProblem } from "./preview-page.ts";
import { pathOf, proxyRequest, proxyUpgrade, type Target } from "./proxy.ts";

/** The address on a preview's origin to which Berth redirects a signed-in browser. */
export const SESSION_PATH = "/.berth/session";

export interface PreviewOptions {
  deps: Deps;
  access: LiveAccess;
  stopping: AbortSignal;
}

/** Answers the hosts of previews, and only them: neither the API nor the canvas exists on their origins. */
export class PreviewServer {
  readonly #options: PreviewOptions;
  readonly #cookieName: string;
  readonly #isSecure: boolean;

  constructor(options: PreviewOptions) {
    this.#options = options;
    this.#isSecure = previewScheme(options.deps) === "https";
    this.#cookieName = previewCookieName(this.#isSecure);
  }

  owns({ headers }: IncomingMessage): boolean {
    return previewOfHost(this.#options.deps, headers.host) !== undefined;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const isForPerson = isNavigation(request);
    try {
      const place = this.#placeOf(request);
      const url = new URL(pathOf(request), "http://preview");
      if (url.pathname === SESSION_PATH) return await this.#openSession(place, url, response);
      const share = url.searchParams.get(SHARE_PARAMETER);
      const access = await this.#accessOf(request, place, share);
      if (access === null) return this.#refuse(request, response, { place, share, isForPerson });
      const path = withoutShare(pathOf(request));
      if (share !== null && isForPerson) return this.#redirect(response, path, share);
      const held = this.#options.access.hold(access.credential);
      response.once("close", held.release);
      const target = this.#targetOf(request, { place, access, path, signal: held.signal });
      await proxyRequest(request, response, target, (problem) => respondProblem(response, problem, isForPerson));
    } catch (error) {
      if (!response.headersSent) respondProblem(response, problemOf(error), isForPerson);
      else response.destroy();
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => {});
    try {
      const place = this.#placeOf(request);
      const share = new URL(pathOf(request), "http://preview").searchParams.get(SHARE_PARAMETER);
      const access = await this.#accessOf(request, place, share);
      if (access === null) throw noAccess();
      const held = this.#options.access.hold(access.credential);
      socket.once("close", held.release);
      if (socket.destroyed) return held.release();
      const target = this.#targetOf(request, {
        place,
        access,
        path: withoutShare(pathOf(request)),
        signal: held.signal,
      });
      await proxyUpgrade(request, socket, head, target, (problem) => writeProblem(socket, problem));
    } catch (error) {
      writeProblem(socket, problemOf(error));
    }
  }

  #placeOf({ headers }: IncomingMessage): PortPlace {
    const { deps, stopping } = this.#options;
    stopping.throwIfAborted();
    const place = previewOfHost(deps, headers.host);
    if (place) return place;
    throw new DomainError(
      "not_found",
      "No preview has this name: it is <port>--<workspaceId>, with a port from 1 to 65535.",
    );
  }

  /** @throws DomainError `forbidden` when another site uses the cookie of a person's browser */
  async #accessOf(request: IncomingMessage, place: PortPlace, share: string | null): Promise<PortAccess | null> {
    const { deps } = this.#options;
    const cookie = cookieOf(request.headers.cookie, this.#cookieName);
    const access = await previewAccess(deps, place, { cookie, share, bearer: bearerOf(request) });
    if (access && !access.isBearer && cookie !== null && isFromAnotherSite(deps, place, request)) throw otherSite();
    return access;
  }

  #refuse(
    { headers }: IncomingMessage,
    response: ServerResponse,
    { place, share, isForPerson }: { place: PortPlace; share: string | null; isForPerson: boolean },
  ): void {
    const problem = share === null ? noAccess() : shareEnded();
    if (share !== null || !isForPerson || headers.authorization !== undefined) {
      respondProblem(response, problem.problem, isForPerson);
      return;
    }
    const { publicUrl } = this.#options.deps.settings;
    const path = encodeURIComponent(pathOf(response.req));
    const location = `${publicUrl}/preview/${place.workspaceId}/${place.port}?path=${path}`;
    response.writeHead(302, { location, "cache-control": "no-store", "content-length": 0 }).end();
  }

  async #openSession(place: PortPlace, url: URL, response: ServerResponse): Promise<void> {
    const cookie = await openPreviewSession(this.#options.deps, place, url.searchParams.get("code") ?? "");
    this.#redirect(response, samePath(url.searchParams.get("path")), cookie);
  }

  #redirect(response: ServerResponse, path: string, cookie: string): void {
    const attributes = ["Path=/", "HttpOnly", "SameSite=Lax", `Max-Age=${LIMITS.portShareSecondsMax}`];
    if (this.#isSecure) attributes.push("Secure");
    const headers = {
      "set-cookie": [`${this.#cookieName}=${cookie}`, ...attributes].join("; "),
      location: samePath(path),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-length": 0,
    };
    response.writeHead(302, headers).end();
  }

  #targetOf(
    request: IncomingMessage,
    { place, access, path, signal }: { place: PortPlace; access: PortAccess; path: string; signal: AbortSignal | null },
  ): Target {
    const { deps, stopping } = this.#options;
    const isBerthsToken =
      access.isBearer || (bearerOf(request) ?? "").startsWith("brt_") || bearerOf(request) === deps.settings.ownerToken;
    return {
      port: place.port,
      path,
      prefix: "",
      scheme: previewScheme(deps),
      change(name, value) {
        if (name === "authorization") return isBerthsToken ? null : value;
        if (name === "cookie") return cookiesOfServer(value);
        return name === "origin" || name === "referer" ? localAddress(deps, place, value) : value;
      },
      changeResponse(name, value) {
        if (DROPPED.has(name)) return null;
        if (name === "set-cookie") return limitCookie(value);
        return ADDRESSES.has(name) ? publicAddress(deps, place, value) : value;
      },
      added: [],
      connect: (gone) => openPort(deps, access.actor, place, gone),
      signal: signal === null ? stopping : AbortSignal.any([signal, stopping]),
    };
  }
}

/** Fastify's default. A proxy before Berth must not reuse a connection that Berth closes. */
const KEEP_ALIVE_MS = 72_000;

/** The HTTP server. Previews come before Fastify, so that no route of Berth exists on their origins. */
export function createPreviewServer(options: ServerOptions, previews: PreviewServer, handler: RequestListener): Server {
  const settings = { ...options, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = createServer(settings, (request, response) => {
    if (previews.owns(request)) void previews.serve(request, response);
    else handler(request, response);
  });
  const emit = server.emit.bind(server);
  // Every listener of the event would see the upgrade, and a path such as /terminal/ belongs to the preview there.
  server.emit = (event: string, ...values: unknown[]) => {
    const [request, socket, head] = values as [IncomingMessage, Duplex, Buffer];
    if (event !== "upgrade" || !previews.owns(request)) return emit(event, ...values);
    void previews.upgrade(request, socket, head);
    return true;
  };
  return server;
}

/** They would also act on other hosts of the domain. */
const DROPPED: ReadonlySet<string> = new Set(["clear-site-data", "strict-transport-security"]);
const ADDRESSES: ReadonlySet<string> = new Set(["location", "access-control-allow-origin"]);

/** A person opens an address, so a redirect and a page make sense. */
const isNavigation = ({ method, headers }: IncomingMessage): boolean =>
  (method === "GET" || method === "HEAD") &&
  (headers["sec-fetch-mode"] === undefined
    ? (headers.accept ?? "").includes("text/html")
    : headers["sec-fetch-mode"] === "navigate");

/** Browsers send cookies with requests of other sites below the same domain, such as another workspace's preview. */
function isFromAnotherSite(deps: Deps, place: PortPlace, request: IncomingMessage): boolean {
  const { origin, "sec-fetch-site": site, "sec-fetch-dest": destination } = request.headers;
  if (origin !== undefined) return siblingOf(deps, place, origin) === null;
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return !(isNavigation(request) && destination === "document");
}

/** The path without the secret, otherwise unchanged. */
function withoutShare(path: string): string {
  const [name = "", query] = path.split(/\?(.*)/s);
  if (query === undefined) return path;
  const kept = query.split("&").filter((part) => part.split("=")[0] !== SHARE_PARAMETER);
  return kept.length === 0 || query === "" ? name : `${name}?${kept.join("&")}`;
}

/** A path on the same origin. */
const samePath = (path: string | null): string =>
  path !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : "/";

const noAccess = (): DomainError =>
  new DomainError(
    "unauthenticated",
    "This preview needs access. Open it from Berth, use a share link, or send Authorization: Bearer <token>.",
  );
const shareEnded = (): DomainError =>
  new DomainError("unauthenticated", "This link has expired or was revoked. Ask for a new one.");
const otherSite = (): DomainError =>
  new DomainError("forbidden", "This request came from a page of another site. Open the preview itself.");
