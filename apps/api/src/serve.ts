import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { DomainError } from "@berth/domain";
import type { FastifyInstance } from "fastify";
import { type Env, EnvError } from "./env.ts";

/** Requests under way get so long to end when the server is stopped. */
const GRACE_MS = 3_000;

export interface Serving {
  /** Takes no more requests, ends event streams, gives what is under way a moment, and cuts what is left. */
  drain(): Promise<void>;
  /** Resolves after `drain`, once the last connection is gone: the tunnels that came in by this port too. */
  closed: Promise<void>;
}

/** @throws EnvError with what to do when the port cannot be had. */
export async function serve(
  app: FastifyInstance,
  env: Pick<Env, "host" | "port">,
  stopping: AbortController,
): Promise<Serving> {
  const pending = new Set<ServerResponse>();
  const answers = new EventEmitter();
  app.server.on("request", (_request, response: ServerResponse) => {
    pending.add(response);
    response.once("close", () => {
      pending.delete(response);
      if (pending.size === 0) answers.emit("all");
    });
  });
  await listen(app, env);
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  return {
    closed,
    async drain() {
      // Every call that this cancels fails with the reason, so its caller knows to repeat it.
      stopping.abort(new DomainError("backend_unavailable", "Berth is stopping. Try again in a moment."));
      app.close().then(resolve, reject);
      if (pending.size > 0) await once(answers, "all", { signal: AbortSignal.timeout(GRACE_MS) }).catch(() => {});
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
