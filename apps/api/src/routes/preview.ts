import { type Action, authorize, DomainError, PORT_MAX } from "@berth/domain";
import { createPreviewCode, type Deps, getWorkspace, previewOrigin } from "@berth/services";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SESSION_PATH } from "../previews/preview-server.ts";
import { actorOf, bearerOf, sessionCookieName } from "../request-actor.ts";

const ROUTE = "/preview/:workspaceId/:port";
const ACTION = `GET ${ROUTE}` satisfies Action;
const params = z.object({ workspaceId: z.uuid(), port: z.coerce.number().int().min(1).max(PORT_MAX) });
const query = z.object({ path: z.string().max(16_000).default("/") });

/** Hands a signed-in browser over to the origin of a preview, with a code that is valid once and for that preview only. */
export function previewRoute(app: FastifyInstance, deps: Deps): void {
  app.get(ROUTE, { exposeHeadRoute: false }, async (request, reply) => {
    const actor = await actorOf(deps, request);
    const place = params.safeParse(request.params);
    authorize(actor, ACTION, place.data?.workspaceId);
    if (!actor || !place.success) throw new DomainError("not_found", "No preview has this address.");
    await getWorkspace(deps, actor, { id: place.data.workspaceId });
    const origin = previewOrigin(deps, place.data);
    if (origin === null) {
      const message = "Previews have no address here. Set BERTH_PREVIEW_DOMAIN, or use /port/<workspaceId>/<port>/.";
      throw new DomainError("invalid_input", message);
    }
    const session = bearerOf(request) === null ? (request.cookies[sessionCookieName(deps)] ?? null) : null;
    const code = await createPreviewCode(deps, actor, place.data, session);
    const { path } = query.safeParse(request.query).data ?? { path: "/" };
    reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
    return reply.redirect(`${origin}${SESSION_PATH}?${new URLSearchParams({ code, path })}`);
  });
}
