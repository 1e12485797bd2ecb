import type { Deps } from "@berth/services";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isSameOrigin } from "./request-actor.ts";

/** Open to all callers: probes, and the routes of daemons. */
const OPEN: ReadonlySet<string> = new Set([
  "/healthz",
  "/readyz",
  "/tunnel",
  "/daemon/:incarnationId/:part",
  "/daemon/:incarnationId/enrolment",
  "/daemon/:incarnationId/steps",
]);
/**
 * Routes where a script must name the org. Browsers get the canvas pages without, because these contain no tenant data.
 */
const NAMED_ONLY = /^\/(trpc|files|volumes|session|terminal|exec|port)(\/|$)/;

/** With BERTH_ORG_ID set, a request for another org gets a bare 404 that does not reveal Berth. */
export function guardTenant(app: FastifyInstance, deps: Pick<Deps, "settings">, orgId: string): void {
  app.addHook("onRequest", async (request, reply) => {
    // Matches the route instead of the URL, because one address has many spellings.
    const route = request.routeOptions.url ?? "";
    if (!isForAnotherOrg(deps, orgId, route, request)) return;
    return reply.code(404).send();
  });
}

export function isForAnotherOrg(
  deps: Pick<Deps, "settings">,
  orgId: string,
  route: string,
  request: Pick<FastifyRequest, "headers">,
): boolean {
  if (OPEN.has(route)) return false;
  const named = header(request, "x-berth-org-id") ?? header(request, "x-molecule-org-id");
  if (named !== undefined) return named !== orgId;
  return NAMED_ONLY.test(route) && !isSameOrigin(deps, request);
}

const header = (request: Pick<FastifyRequest, "headers">, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};
