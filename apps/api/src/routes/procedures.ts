import { DomainError } from "@berth/domain";
import {
  type AppRouter,
  appRouter,
  badInput,
  isSubscription,
  type RequestContext,
  refuseSubscription,
} from "@berth/routers";
import type { Deps } from "@berth/services";
import type { TRPCError } from "@trpc/server";
import {
  type CreateFastifyContextOptions,
  type FastifyTRPCPluginOptions,
  fastifyRequestHandler,
} from "@trpc/server/adapters/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { sendProblem } from "../problem-reply.ts";
import { actorOf } from "../request-actor.ts";
import { takeUtf8Bodies } from "../utf8.ts";

interface ProcedureOptions {
  deps: Deps;
  stopping: AbortSignal;
}

/** Every procedure of the API, by its name. */
export async function procedureRoutes(app: FastifyInstance, { deps, stopping }: ProcedureOptions): Promise<void> {
  app.addHook("preHandler", async (request, reply) => {
    const { path } = request.params as { path: string };
    if (isSubscription(path) && !readsRefusalsInStream(request)) return refuseByStatus(deps, request, reply, path);
  });
  app.addHook("onSend", async (_request, _reply, payload) => {
    // What tRPC refuses before it knows the procedure is JSON, and its answer does not say so.
    if (payload instanceof Response && payload.headers.get("content-type")?.startsWith("text/plain"))
      payload.headers.set("content-type", "application/json");
    return payload;
  });
  const trpcOptions: FastifyTRPCPluginOptions<AppRouter>["trpcOptions"] = {
    router: appRouter,
    // One call, one answer, one Idempotency-Key.
    allowBatching: false,
    async createContext({ req, info }: CreateFastifyContextOptions): Promise<RequestContext> {
      const key = req.headers["idempotency-key"];
      return {
        deps,
        actor: await actorOf(deps, req),
        idempotencyKey: typeof key === "string" ? key : null,
        signal: AbortSignal.any([info.signal, stopping]),
      };
    },
    onError({ error, path, req }) {
      // A caller who hung up, or our own stopping, is nobody's error.
      if (!isOurs(error) || stopping.aborted || req.socket.destroyed) return;
      const { cause } = error;
      const because = String(cause?.cause ?? "");
      deps.log("error", { msg: "procedure failed", path, error: (cause ?? error).stack, because });
    },
  };
  // tRPC's own plugin would decode bodies that are not UTF-8 with replacement characters.
  takeUtf8Bodies(app, "application/json");
  app.addContentTypeParser("multipart/form-data", (_request, body, done) => done(null, body));
  app.all("/trpc/:path", (request, reply) => {
    const { path } = request.params as { path: string };
    return fastifyRequestHandler({ ...trpcOptions, req: request, res: reply, path });
  });
}

/** Neither a refusal nor bad input: something to look into. */
const isOurs = (error: TRPCError): boolean =>
  error.code === "INTERNAL_SERVER_ERROR" && !(error.cause instanceof DomainError);

/** An EventSource cannot read the body of a refusal, so whoever asks as one is told inside the stream. */
const readsRefusalsInStream = (request: FastifyRequest): boolean =>
  (request.headers.accept ?? "").includes("text/event-stream");

async function refuseByStatus(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
): Promise<FastifyReply | undefined> {
  const { input } = request.query as { input?: string };
  try {
    refuseSubscription(await actorOf(deps, request), path, input === undefined ? undefined : parseJson(input));
    return undefined;
  } catch (error) {
    if (error instanceof z.ZodError) return sendProblem(reply, badInput(error));
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError("invalid_input", "The input is not JSON.");
  }
}
