import type { IncomingMessage } from "node:http";
import { DomainError } from "@berth/domain";
import type { Deps } from "@berth/services";
import type { FastifyInstance } from "fastify";

/** True when an HTTP request asks for a daemon's WebSocket. Other upgrade offers are ignored. */
export const isTunnelUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  url?.split("?")[0] === "/tunnel" && headers.upgrade?.toLowerCase() === "websocket";

/** Accepts the connections of daemons. The tunnel checks their credentials. */
export function tunnelRoute(app: FastifyInstance, deps: Deps): void {
  app.server.on("upgrade", (request, socket, head) => {
    if (isTunnelUpgrade(request)) deps.tunnel.handleUpgrade(request, socket, head);
  });
  app.get("/tunnel", async () => {
    throw new DomainError("invalid_input", "Daemons connect here with a WebSocket.");
  });
}
