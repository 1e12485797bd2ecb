import { DomainError, PROBLEM_STATUS, type Problem } from "@berth/domain";
import { errorShape, problemOfUnexpected } from "@berth/routers";
import type { Log } from "@berth/services";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** Answers a problem in the same shape tRPC's errors have, for the routes that are not tRPC. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const status = PROBLEM_STATUS[problem.code];
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).send({ error: errorShape(problem, null) });
}

/** Internal messages and stacks never leave the server. */
export const errorHandler =
  (log: Log) =>
  (error: FastifyError | DomainError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof DomainError) return sendProblem(reply, error.problem);
    if ("statusCode" in error && error.statusCode !== undefined && error.statusCode < 500) {
      return sendProblem(reply, refusal(error.statusCode));
    }
    // A caller who hung up is nobody's error, and there is nobody left to answer.
    if (!request.socket.destroyed) {
      const route = request.routeOptions.url;
      log("error", { msg: "request failed", method: request.method, route, error: error.stack ?? error.message });
    }
    return sendProblem(reply, problemOfUnexpected(error));
  };

/** What the server itself refuses before a route is reached. */
function refusal(status: number): Problem {
  if (status === 413) return { code: "limit_exceeded", message: "The request is too large.", retryable: false };
  if (status === 404) return { code: "not_found", message: "There is nothing at this address.", retryable: false };
  if (status === 415) {
    return { code: "invalid_input", message: "Send the input as application/json.", retryable: false };
  }
  return { code: "invalid_input", message: "The request could not be read.", retryable: false };
}
