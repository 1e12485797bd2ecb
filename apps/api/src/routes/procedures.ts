import { DomainError, methodNotAllowed } from "@berth/domain";
import {
  type AppRouter,
  appRouter,
  badInput,
  isSubscription,
  methodsOfProcedure,
  problemOf,
  type RequestContext,
  rejectSubscription,
} from "@berth/routers";
import type { Deps } from "@berth/services";
import {
  type CreateFastifyContextOptions,
  type FastifyTRPCPluginOptions,
  fastifyRequestHandler,
} from "@trpc/server/adapters/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { DataDisk } from "../data-disk.ts";
import { problemHeaders, sendProblem } from "../problem-response.ts";
import { actorOf } from "../request-actor.ts";
import { checkJsonBody, parseJson } from "../request-body.ts";

interface ProcedureOptions {
  deps: Deps;
  disk: DataDisk;
  stopping: AbortSignal;
}

/** Serves every procedure of the API by name. */
export async function procedureRoutes(app: FastifyInstance, { deps, disk, stopping }: ProcedureOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  // Passed on as text, because tRPC parses it again.
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
    checkJsonBody(request, body),
  );
  app.addHook("onRequest", async (request) => {
    requireMethod(request);
    rejectBatch(request);
  });
  app.addHook("preHandler", async (request, reply) => {
    if (inputOf(request) !== undefined) parseJson(inputOf(request) ?? "", "input");
    const { path } = request.params as { path: string };
    if (isSubscription(path) && !readsErrorsInStream(request)) return rejectByStatus(deps, request, reply, path);
  });
  app.addHook("onSend", async (_request, _reply, payload) => {
    // tRPC sends JSON as text/plain when it rejects a call before it has resolved the procedure.
    if (payload instanceof Response && payload.headers.get("content-type")?.startsWith("text/plain"))
      payload.headers.set("content-type", "application/json");
    return payload;
  });
  const trpcOptions: FastifyTRPCPluginOptions<AppRouter>["trpcOptions"] = {
    router: appRouter,
    allowBatching: false,
    responseMeta: ({ errors: [error] }) => ({ headers: error ? problemHeaders(problemOf(error)) : {} }),
    async createContext({ req, info }: CreateFastifyContextOptions): Promise<RequestContext> {
      const key = req.headers["idempotency-key"];
      return {
        deps,
        actor: await actorOf(deps, req),
        disk,
        idempotencyKey: typeof key === "string" ? key : null,
        signal: AbortSignal.any([info.signal, stopping]),
      };
    },
    onError({ error, path, req }) {
      // A disconnected caller gets no response.
      if (error.code !== "INTERNAL_SERVER_ERROR" || req.socket.destroyed) return;
      const { cause } = error;
      const because = String(cause?.cause ?? "");
      deps.log("error", { msg: "procedure failed", path, error: (cause ?? error).stack, because });
    },
  };
  app.all("/trpc/:path", async (request, reply) => {
    const { path } = request.params as { path: string };
    await fastifyRequestHandler({ ...trpcOptions, req: request, res: reply, path });
  });
}

/** An EventSource cannot read the body of an error response, so these clients get errors inside the stream. */
const readsErrorsInStream = (request: FastifyRequest): boolean =>
  (request.headers.accept ?? "").includes("text/event-stream");

async function rejectByStatus(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
): Promise<FastifyReply | undefined> {
  const input = inputOf(request);
  try {
    rejectSubscription(await actorOf(deps, request), path, input === undefined ? undefined : parseJson(input, "input"));
    return undefined;
  } catch (error) {
    if (error instanceof z.ZodError) return sendProblem(reply, badInput(error), path);
    throw error;
  }
}

const inputOf = ({ query }: FastifyRequest): string | undefined =>
  [(query as { input?: string | string[] }).input].flat()[0];

function requireMethod({ method, params }: FastifyRequest): void {
  const allowed = methodsOfProcedure((params as { path: string }).path);
  if (allowed && !allowed.includes(method)) throw methodNotAllowed(method, allowed);
}

/** One call per request, so that each has its own status and `Idempotency-Key`. */
function rejectBatch(request: FastifyRequest): void {
  if ((request.query as { batch?: string }).batch === undefined) return;
  throw new DomainError(
    "invalid_input",
    "Batched calls are not supported. Send one call per request, in tRPC's client with httpLink instead of httpBatchLink.",
  );
}
