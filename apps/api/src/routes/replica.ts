import { isReplicaDial, type ReplicaListener } from "@berth/backends/tunnel";
import type { FastifyInstance } from "fastify";

/** Where other replicas connect. They prove that they know the installation's secret. */
export function replicaRoute(app: FastifyInstance, listener: ReplicaListener): void {
  app.server.on("upgrade", (request, socket, head) => {
    if (isReplicaDial(request)) void listener.handleUpgrade(request, socket, head);
  });
}
