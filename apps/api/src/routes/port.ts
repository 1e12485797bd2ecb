import type { EventEmitter } from "node:events";
import { type IncomingMessage, METHODS } from "node:http";
import { type Action, authorize, DomainError, PORT_MAX } from "@berth/domain";
import { byToken, type Deps, openPort } from "@berth/services";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { isWebSocketUpgrade } from "../previews/headers.ts";
import type { LiveAccess } from "../previews/live-access.ts";
import { pathOf, proxyRequest, proxyUpgrade, type Target } from "../previews/proxy.ts";
import { problemOf, writeProblem, writeProblemTo, writeResponse } from "../problem-response.ts";
import { bearerOf } from "../request-actor.ts";
import { isForAnotherOrg } from "../tenant-guard.ts";

const ROUTE = "/port/:workspaceId/:port/*";
const ACTION = `GET ${ROUTE}` satisfies Action;
const place = z.object({ workspaceId: z.uuid(), port: z.coerce.number().int().min(1).max(PORT_MAX) });

export const isPortUpgrade = (request: IncomingMessage): boolean =>
  (request.url ?? "").startsWith("/port/") && isWebSocketUpgrade(request.headers);

interface PortRouteOptions {
  deps: Deps;
  orgId: string | null;
  stopping: AbortSignal;
  access: LiveAccess;
}

/** Passes requests on to servers in workspaces, for callers with a bearer token. Cookies do not count and are not set. */
export function portRoute(app: FastifyInstance, options: PortRouteOptions): void {
  for (const url of [ROUTE, "/port/:workspaceId/:port"]) {
    app.route({
      method: METHODS.filter((method) => method !== "CONNECT"),
      url,
      exposeHeadRoute: false,
      // Before the body is read, because it belongs to the server in the workspace.
      async onRequest(request: FastifyRequest, reply) {
        const target = await targetOf(options, request.raw, reply.raw);
        reply.hijack();
        void proxyRequest(request.raw, reply.raw, target, (problem) => writeProblemTo(reply.raw, problem));
      },
      handler: () => undefined,
    });
  }
  app.server.on("upgrade", (request, socket, head) => {
    if (!isPortUpgrade(request)) return;
    socket.on("error", () => {});
    if (options.orgId && isForAnotherOrg(options.deps, options.orgId, ROUTE, request)) {
      return writeResponse(socket, 404, {}, "");
    }
    targetOf(options, request, socket).then(
      (target) => proxyUpgrade(request, socket, head, target, (problem) => writeProblem(socket, problem)),
      (error: unknown) => writeProblem(socket, problemOf(error)),
    );
  });
}

async function targetOf(
  { deps, stopping, access: open }: PortRouteOptions,
  request: IncomingMessage,
  connection: EventEmitter,
): Promise<Target> {
  stopping.throwIfAborted();
  const [, workspaceId = "", port = "", rest = ""] = /^\/port\/([^/?]*)\/([^/?]*)(.*)$/s.exec(pathOf(request)) ?? [];
  const named = place.safeParse({ workspaceId, port });
  const bearer = bearerOf(request);
  const access = bearer === null ? null : await byToken(deps, { workspaceId, port: named.data?.port ?? 0 }, bearer);
  if (access === null) authorize(null, ACTION);
  if (!access || !named.success) {
    const message = `No port has this address: it is /port/<workspaceId>/<port>/<path>, with a port from 1 to ${PORT_MAX}.`;
    throw new DomainError("not_found", message);
  }
  const held = open.hold(access.credential);
  connection.once("close", held.release);
  return {
    port: named.data.port,
    path: rest.startsWith("/") ? rest : `/${rest}`,
    prefix: `/port/${workspaceId}/${port}`,
    scheme: deps.settings.publicUrl.startsWith("https:") ? "https" : "http",
    change: (name, value) => (OF_BERTH.has(name) ? null : value),
    changeResponse: (name, value) => (OF_BERTHS_ORIGIN.has(name) ? null : value),
    added: SANDBOX,
    connect: (signal) => openPort(deps, access.actor, named.data, signal),
    signal: held.signal === null ? stopping : AbortSignal.any([held.signal, stopping]),
  };
}

/** Credentials for Berth, which the programs of a workspace must not see. */
const OF_BERTH: ReadonlySet<string> = new Set(["authorization", "cookie"]);

/** Response headers that act on the whole origin, which here is Berth's own. */
const OF_BERTHS_ORIGIN: ReadonlySet<string> = new Set([
  "set-cookie",
  "clear-site-data",
  "service-worker-allowed",
  "strict-transport-security",
  "alt-svc",
  "nel",
  "report-to",
]);

/** In a browser, a page must not run scripts on Berth's origin. A second policy adds to the one that a server sends. */
const SANDBOX = ["Content-Security-Policy", "sandbox", "X-Content-Type-Options", "nosniff"];
