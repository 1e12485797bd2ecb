import type { IncomingMessage } from "node:http";
import { isReplicaUpgrade, type ReplicaListener } from "@berth/backends/tunnel";
import { LIMITS } from "@berth/domain";
import { appRouter } from "@berth/routers";
import type { Deps, Reconciler } from "@berth/services";
import cookie from "@fastify/cookie";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { DataDisk } from "./data-disk.ts";
import { drainAfterEarlyResponses } from "./early-response.ts";
import type { Metrics } from "./metrics.ts";
import { isWebSocketUpgrade } from "./previews/headers.ts";
import { LiveAccess } from "./previews/live-access.ts";
import { createPreviewServer, PreviewServer } from "./previews/preview-server.ts";
import { errorHandler, respondToClientError } from "./problem-response.ts";
import { checkJsonBody } from "./request-body.ts";
import { checkRequestHeads, PARAMETER_CHARS_MAX, PARSED_HEAD_BYTES_MAX } from "./request-head.ts";
import { type Route, requireAccessEntries } from "./route-access.ts";
import { canvasRoutes } from "./routes/canvas.ts";
import { discoveryRoute } from "./routes/discovery.ts";
import { execRoute } from "./routes/exec.ts";
import { fileRoutes } from "./routes/files.ts";
import { healthRoutes, type StateProbe } from "./routes/health.ts";
import { instanceRoute, type RemoteInstanceOptions } from "./routes/instance.ts";
import { mcpRoute } from "./routes/mcp.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { isPortUpgrade, portRoute } from "./routes/port.ts";
import { previewRoute } from "./routes/preview.ts";
import { procedureRoutes } from "./routes/procedures.ts";
import { replicaRoute } from "./routes/replica.ts";
import { sessionRoutes } from "./routes/session.ts";
import { isTerminalUpgrade, terminalRoute } from "./routes/terminal.ts";
import { isTunnelUpgrade, tunnelRoute } from "./routes/tunnel.ts";
import { type BodyTimes, endSlowBodies } from "./slow-bodies.ts";
import { guardTenant } from "./tenant-guard.ts";
import { acceptEveryMethod, rejectUnsupportedMethods } from "./unsupported-methods.ts";
import { requireUtf8Addresses } from "./utf8.ts";

export interface ServerOptions {
  deps: Deps;
  probe: StateProbe;
  disk: DataDisk;
  reconciler: Reconciler;
  metrics: Metrics;
  canvasDirectory: string;
  machineHome: RemoteInstanceOptions;
  replicaListener: ReplicaListener;
  orgId: string | null;
  /** Ends event streams and terminals, which would otherwise keep connections open. */
  stopping: AbortSignal;
  bodyTimes?: BodyTimes | undefined;
}

export interface Server {
  app: FastifyInstance;
  routes: readonly Route[];
}

/** Opens the server with everything on one port: API, file transfers, daemon tunnel, probes and canvas. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { deps, metrics, orgId } = options;
  const onError = errorHandler(deps.log);
  const access = new LiveAccess(deps);
  const previews = new PreviewServer({ ...options, access });
  const http = {
    maxHeaderSize: PARSED_HEAD_BYTES_MAX,
    // Node's own response has no body.
    requireHostHeader: false,
    // Clients that offer HTTP/2 get HTTP/1.1 responses.
    shouldUpgradeCallback: (request: IncomingMessage) =>
      previews.owns(request)
        ? isWebSocketUpgrade(request.headers)
        : isTunnelUpgrade(request) || isTerminalUpgrade(request) || isReplicaUpgrade(request) || isPortUpgrade(request),
  };
  const app = Fastify({
    // Before Fastify, so that no route of Berth exists on the origin of a preview.
    serverFactory: (handler) => createPreviewServer(http, previews, handler),
    bodyLimit: LIMITS.requestBodyBytesMax,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAMETER_CHARS_MAX },
    // Uploads have no total time limit: see `endSlowBodies`.
    requestTimeout: 0,
    // Fastify's 503 does not have our error shape: see `rejectWhileStopping`.
    return503OnClosing: false,
    clientErrorHandler: respondToClientError,
    frameworkErrors(error, request, reply) {
      onError(error, request, reply);
    },
  });
  app.setErrorHandler(onError);
  endSlowBodies(app, options.bodyTimes);
  acceptEveryMethod(app);
  requireUtf8Addresses(app);
  drainAfterEarlyResponses(app);
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
    JSON.parse(checkJsonBody(request, body)),
  );
  const routes = requireAccessEntries(app);
  if (orgId) guardTenant(app, deps, orgId);
  checkRequestHeads(app);
  rejectWhileStopping(app, options.stopping);
  await app.register(cookie);
  app.addHook("onResponse", async (request, reply) => {
    metrics.requestEnded(routeLabel(request), request.method, reply.statusCode, reply.elapsedTime / 1000);
  });

  healthRoutes(app, options);
  discoveryRoute(app, deps);
  metricsRoute(app, deps, metrics);
  sessionRoutes(app, deps);
  tunnelRoute(app, deps);
  replicaRoute(app, options.replicaListener);
  instanceRoute(app, deps, options.machineHome);
  terminalRoute(app, options);
  portRoute(app, { ...options, access });
  previewRoute(app, deps);
  await app.register(async (scope) => execRoute(scope, options));
  await app.register(async (scope) => mcpRoute(scope, options));
  await app.register(async (scope) => fileRoutes(scope, deps));
  await app.register(async (scope) => procedureRoutes(scope, options));
  await canvasRoutes(app, options.canvasDirectory);
  rejectUnsupportedMethods(app, routes);
  return { app, routes };
}

/** Open connections can still send requests during a stop. Clients retry and reach the next process. */
function rejectWhileStopping(app: FastifyInstance, stopping: AbortSignal): void {
  app.addHook("onRequest", async () => stopping.throwIfAborted());
}

/** One label per procedure and route, and one for everything else, so that callers cannot create new labels. */
function routeLabel({ routeOptions, params }: FastifyRequest): string {
  const { url } = routeOptions;
  if (url !== "/trpc/:path") return url ?? "unknown";
  const { path } = params as { path: string };
  return Object.hasOwn(appRouter._def.procedures, path) ? `/trpc/${path}` : "unknown";
}
