import { DomainError } from "@berth/domain";
import type { Deps } from "@berth/services";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Metrics } from "../metrics.ts";
import { actorOf } from "../request-actor.ts";

/** Serves Prometheus' text format to the owner and to clients on this host. */
export function metricsRoute(app: FastifyInstance, deps: Deps, metrics: Metrics): void {
  app.get("/metrics", async (request, reply) => {
    if (!isDirectLoopback(request)) {
      const actor = await actorOf(deps, request);
      if (!actor) throw new DomainError("unauthenticated", "Send the owner's token, or request it from this machine.");
      if (actor.kind !== "owner") throw new DomainError("forbidden", "Only the owner may read the metrics.");
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** A proxy on this host forwards remote requests and sets a forwarding header. */
const isDirectLoopback = (request: FastifyRequest): boolean =>
  /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? "") &&
  request.headers["x-forwarded-for"] === undefined &&
  request.headers.forwarded === undefined;
