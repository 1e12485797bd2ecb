import { DomainError, PROBLEM_STATUS, type Problem, type ProblemCode } from "@berth/domain";
import { isDatabaseDiskFull, isDatabaseUnavailable } from "@berth/services";
import { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { z } from "zod";

type TrpcCode = TRPCError["code"];

/** The tRPC code for each HTTP status of a problem. */
const TRPC_CODE: Record<(typeof PROBLEM_STATUS)[ProblemCode], TrpcCode> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  408: "TIMEOUT",
  409: "CONFLICT",
  412: "PRECONDITION_FAILED",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  // tRPC has no code for these four. The response takes its status from `PROBLEM_STATUS`.
  414: "BAD_REQUEST",
  416: "BAD_REQUEST",
  431: "BAD_REQUEST",
  507: "SERVICE_UNAVAILABLE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_SERVER_ERROR",
  501: "NOT_IMPLEMENTED",
  502: "BAD_GATEWAY",
  503: "SERVICE_UNAVAILABLE",
};

const trpcCodeOf = (problem: Problem): TrpcCode => TRPC_CODE[PROBLEM_STATUS[problem.code]];

/** Converts a domain error to a tRPC error: the code for the status, the problem in `error.data.problem`. */
export const toTrpcError = (error: DomainError): TRPCError =>
  new TRPCError({ code: trpcCodeOf(error.problem), message: error.problem.message, cause: error });

/** The shape of every error response, of procedures and all other routes. */
export const errorShape = (problem: Problem, path: string | null) => ({
  message: problem.message,
  code: TRPC_ERROR_CODES_BY_KEY[trpcCodeOf(problem)],
  data: { httpStatus: PROBLEM_STATUS[problem.code], path, problem },
});

/** Errors that tRPC raises before it calls a procedure. */
const REFUSALS: Partial<Record<TrpcCode, Pick<Problem, "code" | "message">>> = {
  PARSE_ERROR: { code: "invalid_input", message: "The input is not valid JSON." },
  NOT_FOUND: { code: "not_found", message: "There is no such procedure." },
  UNSUPPORTED_MEDIA_TYPE: {
    code: "unsupported_media_type",
    message: "Send the input as JSON with Content-Type: application/json.",
  },
  PAYLOAD_TOO_LARGE: { code: "limit_exceeded", message: "The request is too large." },
};

const INTERNAL_PROBLEM: Problem = {
  code: "internal",
  message: "Something went wrong inside Berth. It has been logged.",
  retryable: true,
};

const OUTAGE_PROBLEM: Problem = {
  code: "backend_unavailable",
  message: "Berth's database does not respond. Try again in a moment.",
  retryable: true,
};

const DISK_FULL_PROBLEM: Problem = {
  code: "disk_full",
  message: "The disk of Berth's database is full. Free or add space, then try again.",
  retryable: false,
};

/** The problem for an unexpected error: internal, or the database is unreachable or out of space. */
export function problemOfUnexpected(error: unknown): Problem {
  if (isDatabaseDiskFull(error)) return DISK_FULL_PROBLEM;
  return isDatabaseUnavailable(error) ? OUTAGE_PROBLEM : INTERNAL_PROBLEM;
}

/** The problem for a failed call. Details of unexpected errors stay on the server. */
export function problemOf(error: TRPCError): Problem {
  const { cause } = error;
  if (cause instanceof DomainError) return cause.problem;
  if (cause instanceof z.ZodError) return badInput(cause);
  if (error.code === "INTERNAL_SERVER_ERROR") return problemOfUnexpected(cause);
  const refusal = REFUSALS[error.code] ?? { code: "invalid_input", message: "The request could not be read." };
  return { ...refusal, retryable: false };
}

/** Names every invalid field and what it accepts. */
export function badInput(error: z.ZodError): Problem {
  const fields = error.issues.flatMap((issue) => {
    // Report unknown fields like any other invalid field.
    const names = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return names.map((path) => ({ field: path.join("."), message: messageOf(issue) }));
  });
  const [first] = fields;
  const message = first ? `${first.field ? `${first.field}: ` : ""}${first.message}` : "The input is not valid.";
  return { code: "invalid_input", message, retryable: false, details: { fields } };
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return "There is no such field.";
  if (issue.code !== "invalid_type" || !/^Invalid input: .*received undefined$/.test(issue.message))
    return issue.message;
  return `This field is missing. Send a value of type ${issue.expected}.`;
}
