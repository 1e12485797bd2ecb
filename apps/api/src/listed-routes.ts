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

declare module "fastify" {
  interface FastifyContextConfig {
    /** Set for routes that reject the methods an address does not have. Their answer needs no permission. */
    rejectsMethods?: true;
  }
}

export interface ListedRoute {
  method: string;
  url: string;
}

/**
 * A route that nobody has said who may call does not start.
 *
 * @returns every route, as they are added.
 */
export function requireListed(app: FastifyInstance): readonly ListedRoute[] {
  const routes: ListedRoute[] = [];
  app.addHook("onRoute", ({ method: methods, url, config }) => {
    if (config?.rejectsMethods) return;
    for (const method of [methods].flat()) {
      const action = actionOf(method, url);
      if (url !== PROCEDURES && !(action in ACCESS)) {
        throw new Error(`${action} is not in the table of who may call what.`);
      }
      routes.push({ method, url });
    }
  });
  return routes;
}
