import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { DomainError, PROBLEM_STATUS, type Problem, retryAfterSeconds } from "@berth/domain";
import { errorShape, problemOfUnexpected } from "@berth/routers";
import type { Log } from "@berth/services";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { describeContentType } from "./request-body.ts";

/** How long a connection stays open after an early response, so that the client can read it. */
const LINGER_MS = 2_000;

/** Sends a problem in the shape of tRPC's errors, for routes outside tRPC. */
export function sendProblem(reply: FastifyReply, problem: Problem, path: string | null = null): FastifyReply {
  return reply
    .code(PROBLEM_STATUS[problem.code])
    .headers(problemHeaders(problem))
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ error: errorShape(problem, path) }));
}

/** Problems of a caller that may know only the address. */
const HELPED: ReadonlySet<string> = new Set(["unauthenticated", "not_found"]);

/** Headers that HTTP client libraries act on. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const seconds = retryAfterSeconds(problem);
  const { allowed } = problem.details ?? {};
  return {
    ...(problem.code === "method_not_allowed" && Array.isArray(allowed) ? { allow: allowed.join(", ") } : {}),
    ...(seconds === null ? {} : { "retry-after": String(seconds) }),
    ...(problem.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
    ...(HELPED.has(problem.code) ? { link: '</llms.txt>; rel="help"' } : {}),
  };
}

/** For sockets without a reply: upgrades, and bytes that are not HTTP. Closes the connection. */
export function writeProblem(socket: Duplex, problem: Problem): void {
  const headers = { ...problemHeaders(problem), "content-type": "application/json; charset=utf-8" };
  writeResponse(socket, PROBLEM_STATUS[problem.code], headers, JSON.stringify({ error: errorShape(problem, null) }));
}

export const problemOf = (error: unknown): Problem =>
  error instanceof DomainError ? error.problem : problemOfUnexpected(error);

/** For a response that Fastify no longer controls. Closes the connection, because the request may not have been read. */
export function writeProblemTo(response: ServerResponse, problem: Problem): void {
  const body = JSON.stringify({ error: errorShape(problem, null) });
  response.writeHead(PROBLEM_STATUS[problem.code], {
    ...problemHeaders(problem),
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

export function writeResponse(socket: Duplex, status: number, headers: Record<string, string>, body: string): void {
  const lines = Object.entries({ ...headers, connection: "close", "content-length": Buffer.byteLength(body) });
  const head = [`HTTP/1.1 ${status} Refused`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // Closing a connection with unread bytes resets it and loses the response, so read until the client closes it.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** Responds to input that Node's HTTP parser rejects; it never becomes a request. */
export function respondToClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Bytes after the first error are reported again.
  if (socket.writableEnded) return;
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  writeProblem(socket, problemOfClientError(error.code));
}

function problemOfClientError(code: string | undefined): Problem {
  if (code === "HPE_HEADER_OVERFLOW") {
    const message = "The address or the headers are too large. Send large inputs as the body of a POST.";
    return new DomainError("headers_too_large", message).problem;
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new DomainError("request_timeout", "The request did not arrive in time. Send it again.").problem;
  }
  return new DomainError("invalid_input", "The request is not valid HTTP/1.1. Check the client and any proxy.").problem;
}

/** Responds to errors without exposing internal messages and stacks. */
export const errorHandler =
  (log: Log) =>
  (error: FastifyError | DomainError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const isRefusal = error instanceof DomainError && error.problem.code !== "internal";
    if (isRefusal) return sendProblem(reply, error.problem);
    if ("statusCode" in error && error.statusCode !== undefined && error.statusCode < 500) {
      return sendProblem(reply, refusal(error, request));
    }
    // A disconnected caller is not an error and cannot receive a response.
    if (!request.socket.destroyed) {
      const route = request.routeOptions.url;
      log("error", { msg: "request failed", method: request.method, route, error: error.stack ?? error.message });
    }
    return sendProblem(reply, error instanceof DomainError ? error.problem : problemOfUnexpected(error));
  };

/** Problems that the server detects before a route is reached. */
function refusal({ statusCode, code }: FastifyError, { headers }: FastifyRequest): Problem {
  const problem = (code: Problem["code"], message: string): Problem => ({ code, message, retryable: false });
  if (statusCode === 413) return problem("limit_exceeded", "The request is too large.");
  // 403 is a path that the canvas's file server does not accept, e.g. one with a name that no file can have.
  if (statusCode === 404 || statusCode === 403) return problem("not_found", "There is nothing at this address.");
  if (statusCode === 412) return problem("precondition_failed", "The file is not the one that If-Match names.");
  if (statusCode === 416) return problem("range_not_satisfiable", "The range starts beyond the end of the file.");
  if (statusCode === 414) return problem("address_too_long", "A name in the address is too long.");
  if (statusCode === 415) return problem("unsupported_media_type", describeContentType(headers["content-type"]));
  if (code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") {
    return problem("invalid_input", "The body is shorter than its Content-Length: it was truncated.");
  }
  if (code === "FST_ERR_BAD_URL") {
    return problem("invalid_input", "The address is not valid: percent-encode every name as UTF-8.");
  }
  return problem("invalid_input", "The request could not be read. Check its headers and body.");
}
