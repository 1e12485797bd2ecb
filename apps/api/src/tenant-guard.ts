import type { FastifyInstance, FastifyRequest } from "fastify";
import { isSameOrigin } from "./request-actor.ts";

/** Open whatever the org: probes, the daemons' own door, and the canvas's pages, which hold nothing of anybody. */
const GUARDED = ["/trpc", "/files"];

/** With BERTH_ORG_ID set, a request meant for another org gets a bare 404: not even that Berth is here. */
export function guardTenant(app: FastifyInstance, orgId: string): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!isGuarded(request.url)) return;
    const named = header(request, "x-berth-org-id") ?? header(request, "x-molecule-org-id");
    if (named === orgId || (named === undefined && isSameOrigin(request))) return;
    return reply.code(404).send();
  });
}

const isGuarded = (url: string): boolean =>
  GUARDED.some((prefix) => url.startsWith(`${prefix}/`) || url.startsWith(`${prefix}?`));

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};
