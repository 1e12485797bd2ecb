import { METHODS } from "node:http";
import { methodNotAllowed } from "@berth/domain";
import type { FastifyInstance } from "fastify";
import { writeProblem } from "./problem-response.ts";
import type { Route } from "./route-access.ts";

/** Node emits CONNECT as a separate event; it never becomes a request. */
const OTHER_METHODS = METHODS.filter((method) => method !== "CONNECT");
/** The route for all other addresses, most of which do not exist. */
const CATCH_ALL = "/*";

/** Must run before the first route is added, because the router lacks the rarer methods. */
export function acceptEveryMethod(app: FastifyInstance): void {
  for (const method of OTHER_METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  app.server.on("connect", ({ method }, socket) => {
    socket.on("error", () => {});
    writeProblem(socket, methodNotAllowed(method ?? "CONNECT", []).problem);
  });
}

/** Responds with 405 when an address has routes but none for the method. Must run after the last route is added. */
export function rejectUnsupportedMethods(app: FastifyInstance, routes: readonly Route[]): void {
  for (const [url, own] of Map.groupBy([...routes], (route) => route.url)) {
    const allowed = own.map(({ method }) => method).sort();
    const others = OTHER_METHODS.filter((method) => !allowed.includes(method));
    if (url === CATCH_ALL || others.length === 0) continue;
    app.route({
      method: others,
      url,
      config: { rejectsMethods: true },
      // Rejects before the body is read, because its content is irrelevant.
      async onRequest({ method }) {
        throw methodNotAllowed(method, allowed);
      },
      handler: () => undefined,
    });
  }
}
