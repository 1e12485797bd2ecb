import { LIMITS } from "@berth/domain";
import { type AppRouter, appRouter, type RequestContext } from "@berth/routers";
import type { Deps, Reconciler } from "@berth/services";
import cookie from "@fastify/cookie";
import {
  type CreateFastifyContextOptions,
  type FastifyTRPCPluginOptions,
  fastifyTRPCPlugin,
} from "@trpc/server/adapters/fastify";
import Fastify, { type FastifyInstance } from "fastify";
import type { Metrics } from "./metrics.ts";
import { errorHandler } from "./problem-reply.ts";
import { actorOf } from "./request-actor.ts";
import { canvasRoutes } from "./routes/canvas.ts";
import { fileRoutes } from "./routes/files.ts";
import { healthRoutes, type StateProbe } from "./routes/health.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { sessionRoutes } from "./routes/session.ts";
import { guardTenant } from "./tenant-guard.ts";

export interface ServerOptions {
  deps: Deps;
  probe: StateProbe;
  reconciler: Reconciler;
  metrics: Metrics;
  canvasDirectory: string;
  orgId: string | null;
  /** Ends what would otherwise keep a connection open for ever: event streams. */
  stopping: AbortSignal;
}

/** Everything on one port: the API, bytes, the daemons' tunnel, probes and the canvas. */
export async function openServer(options: ServerOptions): Promise<FastifyInstance> {
  const { deps, metrics, orgId } = options;
  const app = Fastify({
    bodyLimit: LIMITS.requestBodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 5000, ignoreTrailingSlash: false },
    // An upload may take as long as it takes.
    requestTimeout: 0,
  });
  app.setErrorHandler(errorHandler(deps.log));
  if (orgId) guardTenant(app, orgId);
  await app.register(cookie);
  app.addHook("onResponse", async (request, reply) => {
    metrics.requestEnded(
      request.routeOptions.url ?? "unknown",
      request.method,
      reply.statusCode,
      reply.elapsedTime / 1000,
    );
  });

  healthRoutes(app, options);
  metricsRoute(app, deps, metrics);
  sessionRoutes(app, deps);
  await app.register(async (scope) => fileRoutes(scope, deps));
  await app.register(fastifyTRPCPlugin, trpcOptions(options));
  await canvasRoutes(app, options.canvasDirectory);
  takeTunnels(app, deps);
  return app;
}

function trpcOptions({ deps, stopping }: ServerOptions): FastifyTRPCPluginOptions<AppRouter> & { prefix: string } {
  return {
    prefix: "/trpc",
    trpcOptions: {
      router: appRouter,
      async createContext({ req, info }: CreateFastifyContextOptions): Promise<RequestContext> {
        const key = req.headers["idempotency-key"];
        return {
          deps,
          actor: await actorOf(deps, req),
          idempotencyKey: typeof key === "string" ? key : null,
          signal: AbortSignal.any([info.signal, stopping]),
        };
      },
      onError({ error, path }) {
        if (error.code !== "INTERNAL_SERVER_ERROR" || stopping.aborted) return;
        const { cause } = error;
        deps.log("error", {
          msg: "procedure failed",
          path,
          error: (cause ?? error).stack,
          because: String(cause?.cause ?? ""),
        });
      },
    },
  };
}

function takeTunnels(app: FastifyInstance, deps: Deps): void {
  app.server.on("upgrade", (request, socket, head) => {
    if (request.url?.split("?")[0] === "/tunnel") return deps.tunnel.handleUpgrade(request, socket, head);
    socket.on("error", () => {});
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
}
