import { ACCESS } from "@berth/domain";
import type { FastifyInstance } from "fastify";

/** Procedures stand in the table by their own names, and are checked when they are called. */
const PROCEDURES = "/trpc/:path";

/** What a route is called in the table of who may call what. A HEAD is its GET, a root without a path is its `/*`. */
export function actionOf(method: string, url: string): string {
  const full = url.endsWith("/:root") ? `${url}/*` : url === "*" ? "/*" : url;
  const action = `${method} ${full}`;
  return action in ACCESS || method !== "HEAD" ? action : `GET ${full}`;
}

/** A route that nobody has said who may call does not start. */
export function requireListed(app: FastifyInstance): void {
  app.addHook("onRoute", ({ method, url }) => {
    if (url === PROCEDURES) return;
    for (const one of [method].flat()) {
      const action = actionOf(one, url);
      if (!(action in ACCESS)) throw new Error(`${action} is not in the table of who may call what.`);
    }
  });
}
