import { isReplicaUpgrade, type ReplicaListener } from "@berth/backends/tunnel";
import type { FastifyInstance } from "fastify";

/** Accepts connections of other replicas, which must prove knowledge of the installation's secret. */
export function replicaRoute(app: FastifyInstance, listener: ReplicaListener): void {
  app.server.on("upgrade", (request, socket, head) => {
    if (isReplicaUpgrade(request)) void listener.handleUpgrade(request, socket, head);
  });
}
