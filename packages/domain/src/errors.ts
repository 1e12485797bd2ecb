/**
 * Every problem that a caller can act on, with its HTTP status. Every code is defined here, and the canvas must have
 * a sentence for it (see `PROBLEM_HELP`).
 */
export const PROBLEM_STATUS = {
  invalid_input: 400,
  path_not_allowed: 400,
  confirmation_mismatch: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  operation_in_progress: 409,
  generation_mismatch: 409,
  etag_mismatch: 409,
  illegal_transition: 409,
  workspace_not_running: 409,
  name_taken: 409,
  parent_paused: 409,
  has_children: 409,
  already_exists: 409,
  not_empty: 409,
  data_erased: 409,
  data_missing: 409,
  volume_attached: 409,
  force_required: 409,
  upload_offset_mismatch: 409,
  idempotency_key_in_use: 409,
  precondition_failed: 412,
  limit_exceeded: 413,
  address_too_long: 414,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  headers_too_large: 431,
  internal: 500,
  agent_home_not_durable: 501,
  unsupported_by_backend: 501,
  port_broken: 502,
  backend_unavailable: 503,
  port_not_listening: 503,
  disk_full: 507,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;
export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as readonly ProblemCode[];

/** The content of `error.data.problem`. `details` is specific to the code and safe to show. */
export interface Problem {
  code: ProblemCode;
  /** A sentence for a person: what happened and what to do. */
  message: string;
  /** True when the same request may succeed later without a change. */
  retryable: boolean;
  operationId?: string;
  details?: Readonly<Record<string, unknown>>;
}

const RETRYABLE: ReadonlySet<ProblemCode> = new Set([
  "operation_in_progress",
  "idempotency_key_in_use",
  "too_many_requests",
  "request_timeout",
  "backend_unavailable",
  "port_not_listening",
]);

/** How long a caller should wait before a retry. The default is 5 seconds. */
const RETRY_AFTER_SECONDS: Partial<Record<ProblemCode, number>> = {
  idempotency_key_in_use: 1,
  operation_in_progress: 2,
  too_many_requests: 2,
};

/** The value of `Retry-After`; null when a retry does not help. */
export const retryAfterSeconds = ({ code, retryable }: Pick<Problem, "code" | "retryable">): number | null =>
  retryable ? (RETRY_AFTER_SECONDS[code] ?? 5) : null;

export interface ProblemExtras {
  retryable?: boolean;
  operationId?: string;
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** A failure that the caller can act on. Anything else that is thrown is a bug or an outage. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly problem: Problem;

  constructor(code: ProblemCode, message: string, extras: ProblemExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.problem = {
      code,
      message,
      retryable: extras.retryable ?? RETRYABLE.has(code),
      ...(extras.operationId === undefined ? {} : { operationId: extras.operationId }),
      ...(extras.details === undefined ? {} : { details: extras.details }),
    };
  }

  /** Rebuilds an error that another process sent as JSON. */
  static fromProblem(problem: Problem): DomainError {
    return new DomainError(problem.code, problem.message, problem);
  }
}

/** Narrows JSON from another process to a `Problem`. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as { code?: unknown; message?: unknown };
  return typeof code === "string" && Object.hasOwn(PROBLEM_STATUS, code) && typeof message === "string";
}

/** `allowed` are the methods for the `Allow` header. */
export const methodNotAllowed = (method: string, allowed: readonly string[]): DomainError =>
  new DomainError(
    "method_not_allowed",
    allowed.length === 0
      ? `${method} is not supported.`
      : `${method} is not possible here. Use ${allowed.join(" or ")}.`,
    { details: { allowed } },
  );

export const notFound = (what: string): DomainError => new DomainError("not_found", `${what} was not found.`);
