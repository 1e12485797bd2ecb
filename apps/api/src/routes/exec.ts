import { Readable } from "node:stream";
import { type Action, authorize, DomainError, execInput } from "@berth/domain";
import { badInput, errorShape, problemOfUnexpected } from "@berth/routers";
import { type Deps, type Exec, execCommand } from "@berth/services";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { sendProblem } from "../problem-response.ts";
import { actorOf } from "../request-actor.ts";

const ROUTE = "/exec/:workspaceId";
const ACTION = `POST ${ROUTE}` satisfies Action;
const params = z.object({ workspaceId: z.uuid() });

interface ExecRouteOptions {
  deps: Deps;
  stopping: AbortSignal;
}

/** Runs a command and streams its output in JSON lines, for callers with only curl. */
export function execRoute(app: FastifyInstance, { deps, stopping }: ExecRouteOptions): void {
  app.removeContentTypeParser("text/plain");
  app.post(ROUTE, async (request, reply) => {
    const actor = await actorOf(deps, request);
    const place = params.safeParse(request.params);
    authorize(actor, ACTION, place.data?.workspaceId);
    if (!actor || !place.success) throw new DomainError("not_found", "No workspace has this id: an id is a UUID.");
    const input = execInput.safeParse(request.body);
    if (!input.success) return sendProblem(reply, badInput(input.error));
    const left = new AbortController();
    reply.raw.once("close", () => left.abort());
    const signal = AbortSignal.any([left.signal, stopping]);
    const key = request.headers["idempotency-key"];
    const asked = { ...input.data, ...place.data };
    const exec = await execCommand(deps, actor, asked, signal, typeof key === "string" ? key : null);
    reply.type("application/x-ndjson; charset=utf-8").header("cache-control", "no-store");
    return reply.send(Readable.from(linesOf(deps, exec), { objectMode: false }));
  });
}

/** An error after the first line is the last line, in the shape of every other error. */
async function* linesOf(deps: Deps, { command, output }: Exec): AsyncGenerator<string> {
  yield lineOf({ started: command });
  try {
    for await (const message of output) yield lineOf(message);
  } catch (error) {
    if (!(error instanceof DomainError)) {
      deps.log("error", { msg: "exec failed", error: error instanceof Error ? error.stack : String(error) });
    }
    const problem = error instanceof DomainError ? error.problem : problemOfUnexpected(error);
    yield lineOf({ error: errorShape(problem, null) });
  }
}

const lineOf = (message: object): string => `${JSON.stringify(message)}\n`;
