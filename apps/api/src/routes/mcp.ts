import { type Action, authorize, DomainError } from "@berth/domain";
import type { McpContext } from "@berth/mcp";
import { authenticate, type Deps } from "@berth/services";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DataDisk } from "../data-disk.ts";
import { bearerOf } from "../request-actor.ts";

const ROUTE = "/mcp";
const ACTION = `POST ${ROUTE}` satisfies Action;

interface McpRouteOptions {
  deps: Deps;
  disk: DataDisk;
  stopping: AbortSignal;
}

/**
 * The tools for agents over MCP. Only a bearer token authenticates: a browser would send a cookie also for another
 * site.
 */
export function mcpRoute(app: FastifyInstance, { deps, disk, stopping }: McpRouteOptions): void {
  let opened: Promise<McpHandler> | undefined;
  app.removeContentTypeParser("text/plain");
  app.post(ROUTE, async (request, reply) => {
    requireKnownOrigin(deps, request);
    const token = bearerOf(request);
    const actor = await authenticate(deps, { bearer: token, cookie: null });
    authorize(actor, ACTION);
    const left = new AbortController();
    reply.raw.once("close", () => left.abort());
    opened ??= openHandler({ deps, disk, signal: stopping });
    const { fetch } = await opened;
    const authInfo = { token: token ?? "", clientId: actor?.id ?? "", scopes: [], extra: { actor } };
    return reply.send(await fetch(toWebRequest(request, left.signal), { authInfo, parsedBody: request.body }));
  });
}

type McpHandler = ReturnType<typeof import("@berth/mcp").openMcp>;

/** Loaded on first use, because most installations start without an MCP client. */
async function openHandler(context: McpContext): Promise<McpHandler> {
  const { openMcp } = await import("@berth/mcp");
  const handler = openMcp(context);
  context.signal.addEventListener("abort", () => void handler.close(), { once: true });
  return handler;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Required by MCP against DNS rebinding, where the `Host` header is the attacker's too. */
function requireKnownOrigin({ settings }: Deps, { headers: { origin } }: FastifyRequest): void {
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : null;
  if (from && (LOOPBACK.has(from.hostname) || from.origin === new URL(settings.publicUrl).origin)) return;
  const message =
    "This request came from another site's page. Connect from a program, or set BERTH_PUBLIC_URL to this address.";
  throw new DomainError("forbidden", message);
}

function toWebRequest({ headers: given, url }: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "string" && name !== "content-length") headers.set(name, value);
  }
  return new Request(new URL(url, "http://berth.invalid"), { method: "POST", headers, signal });
}
