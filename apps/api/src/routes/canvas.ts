import { existsSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { methodNotAllowed } from "@berth/domain";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { sendProblem } from "../problem-response.ts";

const POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Serves the canvas from the files that Next exported, without Next at run time. Its ids are in the query string. */
export async function canvasRoutes(app: FastifyInstance, directory: string): Promise<void> {
  const built = existsSync(directory);
  if (built) {
    await app.register(fastifyStatic, {
      root: directory,
      // `/settings` is settings.html.
      extensions: ["html"],
      dotfiles: "ignore",
      preCompressed: true,
      // Set per file in `pageHeaders`.
      cacheControl: false,
      setHeaders: (reply, path) => pageHeaders(reply as FastifyReply, path.replace(/\.(br|gz)$/, "")),
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
    if (wantsPage && built) return reply.code(404).sendFile("404.html");
    if (wantsPage)
      return reply.code(503).type("text/plain").send("The canvas is not built. Run: npx --yes pnpm@12 build\n");
    const isOther = request.method !== "GET" && request.method !== "HEAD";
    if (isOther && built && isPage(directory, request.url)) throw methodNotAllowed(request.method, ["GET", "HEAD"]);
    return sendProblem(reply, {
      code: "not_found",
      message: "There is nothing at this address. /llms.txt describes the API.",
      retryable: false,
    });
  });
}

/** True when GET serves a file here. */
function isPage(directory: string, url: string): boolean {
  const path = resolve(directory, `.${decodeURIComponent(url.split("?")[0] ?? "")}`);
  const isHidden = relative(directory, path)
    .split(sep)
    .some((name) => name.startsWith("."));
  if (isHidden) return false;
  // `existsSync` never throws, for any name.
  return [path, `${path}.html`, join(path, "index.html")].some((file) => existsSync(file) && statSync(file).isFile());
}

function pageHeaders(reply: FastifyReply, path: string): void {
  const immutable = path.includes("/_next/static/");
  reply.header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
  reply.header("x-content-type-options", "nosniff");
  if (path.endsWith(".html")) reply.header("content-security-policy", POLICY).header("referrer-policy", "no-referrer");
}
