import type { IncomingMessage, ServerResponse } from "node:http";
import { DomainError } from "@berth/domain";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { writeProblem } from "./problem-response.ts";
import { isPortRoute } from "./route-access.ts";

export interface BodyTimes {
  /** The time limit for a whole body. Bodies other than files have a few megabytes at most. */
  wholeMs: number;
  /** The idle limit for a file, and for what a server in a workspace receives. The total time is unlimited. */
  idleMs: number;
}

const BODY_TIMES: BodyTimes = { wholeMs: 60_000, idleMs: 120_000 };

/** Closes connections whose body does not arrive; otherwise a client could keep them open indefinitely. */
export function endSlowBodies(app: FastifyInstance, { wholeMs, idleMs }: BodyTimes = BODY_TIMES): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!hasBody(request)) return;
    if (isFile(request)) endWhenIdle(request.raw, reply.raw, idleMs);
    else endAfter(request.raw, reply.raw, wholeMs);
  });
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

const isFile = ({ method, routeOptions }: FastifyRequest): boolean =>
  (method === "PUT" && (routeOptions.url ?? "").startsWith("/files/")) || isPortRoute(routeOptions.url);

function endAfter(body: IncomingMessage, response: ServerResponse, milliseconds: number): void {
  const timer = setTimeout(() => end(body, response), milliseconds);
  stopAtEnd(body, response, () => clearTimeout(timer));
}

function endWhenIdle(body: IncomingMessage, response: ServerResponse, idleMs: number): void {
  const { socket } = body;
  let seenBytes = socket.bytesRead;
  const timer = setInterval(() => {
    // Buffered bytes mean that the workspace is slow, not the sender.
    if (socket.bytesRead === seenBytes && body.readableLength === 0) end(body, response);
    seenBytes = socket.bytesRead;
  }, idleMs);
  stopAtEnd(body, response, () => clearInterval(timer));
}

function stopAtEnd(body: IncomingMessage, response: ServerResponse, stop: () => void): void {
  body.once("end", stop).once("close", stop);
  response.once("close", stop);
}

function end({ complete, socket }: IncomingMessage, { headersSent }: ServerResponse): void {
  if (complete || socket.destroyed) return;
  if (headersSent) {
    socket.destroy();
    return;
  }
  writeProblem(socket, new DomainError("request_timeout", "The body did not arrive in time. Send it again.").problem);
}
