import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Action, type Actor, authorize, DomainError, LIMITS } from "@berth/domain";
import { problemOfUnexpected } from "@berth/routers";
import type { Deps } from "@berth/services";
import type { FastifyInstance } from "fastify";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { writeProblem, writeResponse } from "../problem-response.ts";
import { type ActorRequest, actorOf } from "../request-actor.ts";
import { isForAnotherOrg } from "../tenant-guard.ts";
import { runTerminal } from "../terminal-socket.ts";

const ROUTE = "/terminal/:workspaceId/:terminalId";
const ACTION = `GET ${ROUTE}` satisfies Action;

const place = z.object({ workspaceId: z.uuid(), terminalId: z.uuid() });
const query = z.object({
  after: z.coerce.number().int().min(0).optional(),
  acknowledge: z.enum(["true", "false"]).default("false"),
});

/** True when an HTTP request asks for a terminal's WebSocket. */
export const isTerminalUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  (url ?? "").startsWith("/terminal/") && headers.upgrade?.toLowerCase() === "websocket";

interface TerminalRouteOptions {
  deps: Deps;
  orgId: string | null;
  stopping: AbortSignal;
}

const webSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: LIMITS.terminalInputBytesMax,
});

/**
 * Serves a terminal on a WebSocket: binary messages carry input and output, text messages are JSON (`TerminalCommand`,
 * `TerminalNotice`).
 */
export function terminalRoute(app: FastifyInstance, options: TerminalRouteOptions): void {
  // A browser hides why a WebSocket handshake failed. A plain GET to the same address returns the reason.
  app.get(ROUTE, async (request) => {
    await admit(options, request.raw, request.cookies);
    throw new DomainError("invalid_input", "Open a WebSocket at this address to attach to the terminal.");
  });
  app.server.on("upgrade", (request, socket, head) => {
    if (!isTerminalUpgrade(request)) return;
    // The close event that follows is sufficient.
    socket.on("error", () => {});
    const cookies = app.parseCookie(request.headers.cookie ?? "");
    admit(options, request, cookies).then(
      ({ actor, at }) => {
        if (socket.destroyed) return;
        webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          runTerminal(webSocket, { ...options, actor, at });
        });
      },
      (error: unknown) => refuse(options, socket, error),
    );
  });
}

/** Gets a bare response, like every request for another org. */
class WrongOrg extends Error {}

async function admit(
  { deps, orgId, stopping }: TerminalRouteOptions,
  request: IncomingMessage,
  cookies: ActorRequest["cookies"],
) {
  if (orgId && isForAnotherOrg(deps, orgId, ROUTE, request)) throw new WrongOrg();
  stopping.throwIfAborted();
  const url = new URL(request.url ?? "", "http://localhost");
  const [, , workspaceId, terminalId] = url.pathname.split("/");
  // Browsers open cross-site WebSockets with cookies, so the method must not count as safe.
  const actor = await actorOf(deps, { headers: request.headers, cookies, method: "CONNECT" });
  authorize(actor, ACTION, workspaceId);
  const named = place.safeParse({ workspaceId, terminalId });
  if (!actor || !named.success) throw new DomainError("not_found", "The terminal was not found.");
  const asked = query.safeParse(Object.fromEntries(url.searchParams));
  if (!asked.success) throw new DomainError("invalid_input", "Supported here: after=<offset>, acknowledge=true.");
  const { after, acknowledge } = asked.data;
  return { actor: actor as Actor, at: { ...named.data, after: after ?? null, acknowledge: acknowledge === "true" } };
}

function refuse({ deps }: TerminalRouteOptions, socket: Duplex, error: unknown): void {
  if (error instanceof WrongOrg) writeResponse(socket, 404, {}, "");
  else if (error instanceof DomainError) writeProblem(socket, error.problem);
  else {
    deps.log("error", { msg: "terminal not opened", error: error instanceof Error ? error.stack : String(error) });
    writeProblem(socket, problemOfUnexpected(error));
  }
}
