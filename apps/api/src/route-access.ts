import { ACCESS } from "@berth/domain";
import type { FastifyInstance } from "fastify";

/** Procedures have their own entries in the table and are checked when they are called. */
const PROCEDURES = "/trpc/:path";

/** The name of a route in the access table. HEAD counts as its GET, and a root without a path as its `/*`. */
export function actionOf(method: string, url: string): string {
  if (isPortRoute(url)) return "GET /port/:workspaceId/:port/*";
  const full = url.endsWith("/:root") ? `${url}/*` : url === "*" ? "/*" : url;
  const action = `${method} ${full}`;
  return action in ACCESS || method !== "HEAD" ? action : `GET ${full}`;
}

/** A port takes every method, and all of them need the same access. */
export const isPortRoute = (url: string | undefined): boolean => url?.startsWith("/port/") ?? false;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Set for routes that reject unsupported methods of an address. Their response needs no permission. */
    rejectsMethods?: true;
  }
}

export interface Route {
  method: string;
  url: string;
}

/**
 * Makes the start fail for a route that is missing from the access table.
 *
 * @returns every route, as they are added.
 */
export function requireAccessEntries(app: FastifyInstance): readonly Route[] {
  const routes: Route[] = [];
  app.addHook("onRoute", ({ method: methods, url, config }) => {
    if (config?.rejectsMethods) return;
    for (const method of [methods].flat()) {
      const action = actionOf(method, url);
      if (url !== PROCEDURES && !(action in ACCESS)) {
        throw new Error(`${action} has no entry in the access table.`);
      }
      routes.push({ method, url });
    }
  });
  return routes;
}
