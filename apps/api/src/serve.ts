import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { DomainError } from "@berth/domain";
import type { FastifyInstance } from "fastify";
import { type Env, EnvError } from "./env.ts";

/** The grace period for running requests when the server stops. */
const GRACE_MS = 3_000;

export interface Serving {
  /** Rejects new requests, ends event streams, waits a moment for running requests, and closes the rest. */
  drain(): Promise<void>;
  /** Resolves after `drain`, once the last connection is closed, including tunnels on this port. */
  closed: Promise<void>;
}

/** @throws EnvError with a remedy when the port is not available. */
export async function serve(
  app: FastifyInstance,
  env: Pick<Env, "host" | "port">,
  stopping: AbortController,
): Promise<Serving> {
  const pending = new Set<ServerResponse>();
  const drained = new EventEmitter();
  app.server.on("request", (_request, response: ServerResponse) => {
    pending.add(response);
    response.once("close", () => {
      pending.delete(response);
      if (pending.size === 0) drained.emit("all");
    });
  });
  await listen(app, env);
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  return {
    closed,
    async drain() {
      // Cancelled calls fail with this reason, so their callers know to retry.
      stopping.abort(new DomainError("backend_unavailable", "Berth is stopping. Try again in a moment."));
      app.close().then(resolve, reject);
      if (pending.size > 0) await once(drained, "all", { signal: AbortSignal.timeout(GRACE_MS) }).catch(() => {});
      app.server.closeAllConnections();
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: Pick<Env, "host" | "port">): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      throw new EnvError(`Port ${port} on ${host} is in use. Stop what uses it, or set PORT to another one.`);
    }
    if (code === "EACCES") throw new EnvError(`Port ${port} on ${host} may not be used. Set PORT to one above 1023.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new EnvError("The address in HOST is not one of this machine. Set HOST to one that is, e.g. 127.0.0.1.");
    }
    throw error;
  }
}
