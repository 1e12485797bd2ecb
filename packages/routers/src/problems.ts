import { DomainError, PROBLEM_STATUS, type Problem, type ProblemCode } from "@berth/domain";
import { TRPCError } from "@trpc/server";
import { z } from "zod";

type TrpcCode = TRPCError["code"];

/** tRPC's own name of each HTTP status a problem travels as. */
const TRPC_CODE: Record<(typeof PROBLEM_STATUS)[ProblemCode], TrpcCode> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  412: "PRECONDITION_FAILED",
  413: "PAYLOAD_TOO_LARGE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_SERVER_ERROR",
  501: "NOT_IMPLEMENTED",
  503: "SERVICE_UNAVAILABLE",
};

/** A domain error as tRPC carries it: the code for the status, the problem in `error.data.problem`. */
export const toTrpcError = (error: DomainError): TRPCError =>
  new TRPCError({ code: TRPC_CODE[PROBLEM_STATUS[error.problem.code]], message: error.problem.message, cause: error });

/** What a failed call tells the caller. Anything that is neither a problem nor bad input stays inside the server. */
export function problemOf(error: TRPCError): Problem {
  const { cause } = error;
  if (cause instanceof DomainError) return cause.problem;
  if (cause instanceof z.ZodError) return badInput(cause);
  if (error.code === "NOT_FOUND")
    return { code: "not_found", message: "There is no such procedure.", retryable: false };
  if (error.code === "PAYLOAD_TOO_LARGE") {
    return { code: "limit_exceeded", message: "The request is too large.", retryable: false };
  }
  if (error.code === "INTERNAL_SERVER_ERROR") {
    return { code: "internal", message: "Something went wrong inside Berth. It has been logged.", retryable: true };
  }
  return { code: "invalid_input", message: "The request could not be read.", retryable: false };
}

function badInput(error: z.ZodError): Problem {
  const fields = error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  const [first] = fields;
  const message = first ? `${first.field ? `${first.field}: ` : ""}${first.message}` : "The input is not valid.";
  return { code: "invalid_input", message, retryable: false, details: { fields } };
}
