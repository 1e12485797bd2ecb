import { METHODS } from "node:http";
import { methodNotAllowed } from "@berth/domain";
import type { FastifyInstance } from "fastify";
import type { ListedRoute } from "./listed-routes.ts";
import { writeProblem } from "./problem-reply.ts";

/** Node hands a CONNECT to a listener of its own; it never becomes a request. */
const OTHERS = METHODS.filter((method) => method !== "CONNECT");
/** It stands for every address that has no route of its own: most of them do not exist. */
const CATCH_ALL = "/*";

/** Must run before the first route is added: the router does not know the rarer methods. */
export function acceptEveryMethod(app: FastifyInstance): void {
  for (const method of OTHERS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  app.server.on("connect", ({ method }, socket) => {
    socket.on("error", () => {});
    writeProblem(socket, methodNotAllowed(method ?? "CONNECT", []).problem);
  });
}

/** Answers 405 at every address that has routes, but none for the method. Must run after the last route is added. */
export function rejectOtherMethods(app: FastifyInstance, routes: readonly ListedRoute[]): void {
  for (const [url, own] of Map.groupBy([...routes], (route) => route.url)) {
    const allowed = own.map(({ method }) => method).sort();
    const others = OTHERS.filter((method) => !allowed.includes(method));
    if (url === CATCH_ALL || others.length === 0) continue;
    app.route({
      method: others,
      url,
      config: { rejectsMethods: true },
      // Before the body is read: what it holds does not matter.
      async onRequest({ method }) {
        throw methodNotAllowed(method, allowed);
      },
      handler: () => undefined,
    });
  }
}
