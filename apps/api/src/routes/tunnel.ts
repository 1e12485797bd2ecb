import type { IncomingMessage } from "node:http";
import { DomainError } from "@berth/domain";
import type { Deps } from "@berth/services";
import type { FastifyInstance } from "fastify";

/** Whether an HTTP request wants to become a daemon's WebSocket. Every other offer of an upgrade is left unanswered. */
export const isTunnelDial = ({ url, headers }: IncomingMessage): boolean =>
  url?.split("?")[0] === "/tunnel" && headers.upgrade?.toLowerCase() === "websocket";

/** The daemons' door. The tunnel asks for its own credentials. */
export function tunnelRoute(app: FastifyInstance, deps: Deps): void {
  app.server.on("upgrade", (request, socket, head) => {
    if (isTunnelDial(request)) deps.tunnel.handleUpgrade(request, socket, head);
  });
  app.get("/tunnel", async () => {
    throw new DomainError("invalid_input", "Daemons dial here with a WebSocket.");
  });
}
