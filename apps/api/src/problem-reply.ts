import { DomainError, PROBLEM_STATUS, type Problem } from "@berth/domain";
import type { Log } from "@berth/services";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** Answers a problem in the same shape tRPC's errors have, for the routes that are not tRPC. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const status = PROBLEM_STATUS[problem.code];
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).send({ error: { message: problem.message, data: { httpStatus: status, problem } } });
}

/** Internal messages and stacks never leave the server. */
export const errorHandler =
  (log: Log) =>
  (error: FastifyError | DomainError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof DomainError) return sendProblem(reply, error.problem);
    if ("statusCode" in error && error.statusCode !== undefined && error.statusCode < 500) {
      const code = error.statusCode === 413 ? "limit_exceeded" : "invalid_input";
      return sendProblem(reply, { code, message: "The request could not be read.", retryable: false });
    }
    log("error", {
      msg: "request failed",
      method: request.method,
      route: request.routeOptions.url,
      error: error.stack ?? error.message,
    });
    return sendProblem(reply, {
      code: "internal",
      message: "Something went wrong inside Berth. It has been logged.",
      retryable: true,
    });
  };
