import type { Readable } from "node:stream";
import type { DaemonResponse } from "@berth/backends/tunnel";
import { type Action, authorize, DAEMON_ROUTES, DomainError, LIMITS, PROBLEM_STATUS } from "@berth/domain";
import { type Deps, openFileRoute, openVolumeRoute, writtenOf } from "@berth/services";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { actorOf } from "../request-actor.ts";
import { contentTypeOf } from "./content-type.ts";
import { idempotentPut } from "./idempotent-put.ts";

/** The trailing slash after a root is optional. */
const URLS = ["/files/:workspaceId/:root/*", "/files/:workspaceId/:root"] as const;
const params = z.object({ workspaceId: z.uuid(), root: z.string(), "*": z.string().default("") });
/** Read-only: writes go through a workspace. */
const VOLUME_URLS = ["/volumes/:volumeId/:root/*", "/volumes/:volumeId/:root"] as const;
const volumeParams = z.object({ volumeId: z.uuid(), root: z.string(), "*": z.string().default("") });
const query = z.object({
  archive: z.enum(["tar", "tar.gz", "zip"]).optional(),
  extract: z.enum(["tar", "tar.gz"]).optional(),
  upload: z.uuid().optional(),
  download: z.string().optional(),
});

const FROM_CALLER = ["range", "if-range", "if-match", "if-none-match", "content-range"] as const;
const TO_CALLER = [
  "etag",
  "content-range",
  "content-length",
  "accept-ranges",
  "last-modified",
  "upload-offset",
] as const;

/** Pipes bytes between the caller and the daemon without buffering whole files. */
export function fileRoutes(app: FastifyInstance, deps: Deps): void {
  // All bodies are byte streams here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

  for (const url of URLS) addRoutes(app, deps, url);
  for (const url of VOLUME_URLS) {
    app.get(url, async (request, reply) => {
      const call = await admitToVolume(deps, request, reply);
      return call.options.archive ? sendArchive(call, reply, call.options.archive) : sendContent(call, reply);
    });
  }
}

function addRoutes(app: FastifyInstance, deps: Deps, url: (typeof URLS)[number]): void {
  app.get(url, { exposeHeadRoute: false }, async (request, reply) => {
    const call = await admit(deps, request, reply, "GET /files/:workspaceId/:root/*");
    return call.options.archive ? sendArchive(call, reply, call.options.archive) : sendContent(call, reply);
  });

  app.head(url, async (request, reply) => {
    const call = await admit(deps, request, reply, "HEAD /files/:workspaceId/:root/*");
    if (call.options.upload) return sendUploadOffset(call, reply, call.options.upload);
    return call.options.archive ? sendArchive(call, reply, call.options.archive) : sendContent(call, reply);
  });

  app.put(url, async (request, reply) => {
    const call = await admit(deps, request, reply, "PUT /files/:workspaceId/:root/*");
    const { extract, upload } = call.options;
    const { session, signal } = call;
    const place = { root: call.place.root, path: call.place.path };
    const body = request.body as Readable;
    const headers = callerHeaders(request);
    if (extract) {
      const query = { ...place, format: extract };
      return session.json({ method: "PUT", route: DAEMON_ROUTES.archive, query, headers, body, signal });
    }
    const put = (untilGone: AbortSignal) => {
      const query = { ...place, parents: true, upload };
      return session.json({
        method: "PUT",
        route: DAEMON_ROUTES.content,
        query,
        headers,
        body,
        signal: untilGone,
      });
    };
    const key = request.headers["idempotency-key"];
    // A part of an upload and an archive can be repeated safely: existing content is skipped or rewritten.
    if (typeof key !== "string" || upload) {
      const response = await put(signal);
      return reply.code("offset" in response ? 202 : 200).send(response);
    }
    return idempotentPut(deps, { key, request, place, body, signal }, async (untilGone) =>
      writtenOf(await put(untilGone)),
    );
  });

  app.delete(url, async (request, reply) => {
    const call = await admit(deps, request, reply, "DELETE /files/:workspaceId/:root/*");
    const { upload } = call.options;
    if (!upload)
      throw new DomainError(
        "invalid_input",
        "Files are deleted with files.delete; DELETE here cancels an upload (?upload=<id>).",
      );
    await call.session.bytes({
      method: "DELETE",
      route: DAEMON_ROUTES.upload,
      query: { root: call.place.root, upload },
      signal: call.signal,
    });
    return reply.code(204).send();
  });
}

async function admit(deps: Deps, request: FastifyRequest, reply: FastifyReply, action: Action) {
  const actor = await actorOf(deps, request);
  const place = params.safeParse(request.params);
  authorize(actor, action, place.data?.workspaceId);
  if (!actor || !place.success) throw noSuch("workspace");
  const { workspaceId, root } = place.data;
  const asked = { workspaceId, root: `/${root}`, path: place.data["*"] };
  return openCall(request, reply, (signal) => openFileRoute(deps, actor, asked, signal));
}

const noSuch = (what: string): DomainError =>
  new DomainError("not_found", `No ${what} has this id: an id is a UUID. Check the address.`);

async function admitToVolume(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<Call> {
  const actor = await actorOf(deps, request);
  authorize(actor, "GET /volumes/:volumeId/:root/*");
  const place = volumeParams.safeParse(request.params);
  if (!actor || !place.success) throw noSuch("volume");
  const { volumeId, root } = place.data;
  const asked = { volumeId, root: `/${root}`, path: place.data["*"] };
  return openCall(request, reply, (signal) => openVolumeRoute(deps, actor, asked, signal));
}

/** Rejects before the body is read, so that clients do not send a terabyte in vain. */
function rejectTooLong({ headers }: FastifyRequest): void {
  const max = LIMITS.fileUploadBytesMax;
  if (Number(headers["content-length"] ?? 0) <= max) return;
  const details = { limit: "fileUploadBytesMax", max };
  throw new DomainError("limit_exceeded", `A file can have at most ${max} bytes.`, { details });
}

type Open = (signal: AbortSignal) => ReturnType<typeof openFileRoute>;

async function openCall(request: FastifyRequest, reply: FastifyReply, open: Open) {
  const options = query.safeParse(request.query);
  if (!options.success)
    throw new DomainError(
      "invalid_input",
      "Supported here: archive=tar.gz|zip|tar, extract=tar|tar.gz, upload=<uuid>.",
    );
  if (/%2f/i.test(request.raw.url?.split("?")[0] ?? "")) {
    throw new DomainError("path_not_allowed", "A name cannot contain a slash. Use / only between names.");
  }
  if (request.method === "PUT") rejectTooLong(request);
  const ended = new AbortController();
  reply.raw.once("close", () => ended.abort());
  const opened = await open(ended.signal);
  return { session: opened.session, place: opened.query, options: options.data, signal: ended.signal, request };
}
type Call = Awaited<ReturnType<typeof openCall>>;

async function sendContent({ session, place, options, signal, request }: Call, reply: FastifyReply) {
  const response = await session.bytes({
    method: "GET",
    route: DAEMON_ROUTES.content,
    query: place,
    headers: callerHeaders(request),
    signal,
  });
  if (response.status === PROBLEM_STATUS.range_not_satisfiable) throw behindTheEnd(response, reply);
  const name = place.path.split("/").at(-1) ?? "file";
  if (options.download !== undefined) reply.header("content-disposition", attachment(name));
  return sendBody(response, guard(reply).type(contentTypeOf(name)), request);
}

/** Reports the file's size in `Content-Range` and in the details. */
function behindTheEnd(response: DaemonResponse, reply: FastifyReply): DomainError {
  response.body.destroy();
  for (const name of ["content-range", "etag", "accept-ranges"] as const) {
    const value = response.headers[name];
    if (value !== undefined) reply.header(name, value);
  }
  const sizeBytes = Number(/\*\/(\d+)$/.exec(String(response.headers["content-range"]))?.[1]);
  const message = `The range starts beyond the end of the file, which has ${sizeBytes} bytes. Ask for an earlier range.`;
  return new DomainError("range_not_satisfiable", message, { details: { sizeBytes } });
}

async function sendArchive(
  { session, place, signal, request }: Call,
  reply: FastifyReply,
  format: "tar" | "tar.gz" | "zip",
) {
  const response = await session.bytes({
    method: "GET",
    route: DAEMON_ROUTES.archive,
    query: { ...place, format },
    signal,
  });
  const name = place.path.split("/").at(-1) || place.root.slice(1);
  const type = { tar: "application/x-tar", "tar.gz": "application/gzip", zip: "application/zip" }[format];
  guard(reply)
    .header("content-disposition", attachment(`${name}.${format}`))
    .type(type);
  return sendBody(response, reply, request);
}

/** HEAD sends the headers of its GET, and cancels the daemon's body at once. */
function sendBody(response: DaemonResponse, reply: FastifyReply, request: FastifyRequest): FastifyReply {
  relay(response, reply);
  if (request.method !== "HEAD") return reply.send(response.body);
  response.body.destroy();
  return reply.send();
}

async function sendUploadOffset({ session, place, signal }: Call, reply: FastifyReply, upload: string) {
  const response = await session.bytes({
    method: "HEAD",
    route: DAEMON_ROUTES.upload,
    query: { root: place.root, upload },
    signal,
  });
  return relay(response, reply).send();
}

const callerHeaders = (request: FastifyRequest): Record<string, string> =>
  Object.fromEntries(
    FROM_CALLER.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );

function relay(response: DaemonResponse, reply: FastifyReply): FastifyReply {
  for (const name of TO_CALLER) {
    const value = response.headers[name];
    if (value !== undefined) reply.header(name, value);
  }
  return reply.code(response.status);
}

/** Workspace files are untrusted: in a browser they must not run scripts or make requests. */
const guard = (reply: FastifyReply): FastifyReply =>
  reply
    .header(
      "content-security-policy",
      "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
    )
    .header("x-content-type-options", "nosniff")
    .header("cross-origin-resource-policy", "same-origin")
    .header("cache-control", "private, no-cache");

const attachment = (name: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, percent)}`;
const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
