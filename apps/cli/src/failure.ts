import { problemFrom } from "@berth/client";
import type { Problem } from "@berth/domain";
import { EXIT, exitCodeOf } from "./exit-codes.ts";

export interface FailureOptions {
  /** A sentence or a command: what to do next. */
  next: string;
  exitCode?: number;
  code?: string;
  details?: unknown;
}

/** An error for the person or script that called `berth`. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly next: string;
  readonly exitCode: number;
  /** Stable, for scripts: a problem code of the API, or a code of the CLI. */
  readonly code: string;
  readonly details: unknown;

  constructor(message: string, { next, exitCode = EXIT.failed, code = "failed", details }: FailureOptions) {
    super(message);
    this.next = next;
    this.exitCode = exitCode;
    this.code = code;
    this.details = details;
  }
}

export const usage = (message: string, next: string): Failure =>
  new Failure(message, { next, exitCode: EXIT.usage, code: "usage" });

/** What is helpful to know about the call that failed. */
export interface CallFacts {
  url?: string | undefined;
}

export function toFailure(error: unknown, facts: CallFacts = {}): Failure {
  if (error instanceof Failure) return error;
  const problem = problemFrom(error);
  if (problem) return ofProblem(problem, facts);
  const cause = networkCause(error);
  if (cause !== null) return unreachable(cause, facts);
  if (isNotJson(error)) {
    return new Failure(`The response of ${facts.url} is not from Berth.`, {
      next: "Check the address, and the org if this Berth requires one: berth login --url <address> [--org <id>]",
      exitCode: EXIT.unreachable,
      code: "not_berth",
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(message, {
    next: fileAdvice(error) ?? "Run it again. If it fails again, report it with this message.",
  });
}

function ofProblem(problem: Problem, { url }: CallFacts): Failure {
  return new Failure(problem.message, {
    next: nextOf(problem, url),
    exitCode: exitCodeOf(problem.code),
    code: problem.code,
    details: problem.details,
  });
}

function nextOf({ code, retryable, operationId }: Problem, url: string | undefined): string {
  switch (code) {
    case "unauthenticated":
      return `Sign in with a valid token: berth login${url ? ` --url ${url}` : ""}`;
    case "forbidden":
      return "Sign in with a token that may do this: berth login";
    case "not_found":
      return "List what exists: berth ls, or berth saved list";
    case "has_children":
      return "Delete them too with --cascade.";
    case "force_required":
      return "Add --force to end what is running.";
    case "workspace_not_running":
      return "Check its status with berth info <workspace>, then start it with berth wake, resume or restart.";
    case "operation_in_progress":
      return operationId ? `Wait for the operation ${operationId}, then try again.` : "Wait, then try again.";
    case "name_taken":
    case "already_exists":
      return "Choose another name, or list what exists: berth ls";
    case "disk_full":
      return "Free space, then try again.";
    default:
      return retryable ? "Try again in a few seconds." : "Change the request: see --help.";
  }
}

/** The reason of a failed connection, or null for any other error. */
function networkCause(error: unknown): string | null {
  let hasFailedToFetch = false;
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { code?: unknown };
    if (typeof code === "string" && NETWORK_CODE.test(code) && !FILE_CODES.has(code)) return code;
    if (hasFailedToFetch) return each.message;
    hasFailedToFetch ||= each instanceof TypeError && each.message === "fetch failed";
  }
  return hasFailedToFetch ? "no reason given" : null;
}

const NETWORK_CODE = /^(?:E[A-Z]+|UND_ERR_\w+|\w*CERT\w*)$/;
const FILE_CODES: ReadonlySet<string> = new Set([
  ...["ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EROFS", "ELOOP", "ENAMETOOLONG", "EXDEV"],
]);

function fileAdvice(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && FILE_CODES.has(code)
    ? "Check the path and its permissions on this machine."
    : null;
}

const unreachable = (cause: string, { url }: CallFacts): Failure =>
  new Failure(`No connection to Berth at ${url ?? "its address"} (${cause}).`, {
    next: "Check that Berth runs there, and the address: BERTH_URL, or berth login --url <address>",
    exitCode: EXIT.unreachable,
    code: "unreachable",
  });

const isNotJson = (error: unknown): boolean =>
  error instanceof Error && (/JSON|transform response|not from Berth/i.test(error.message) || isNotJson(error.cause));
