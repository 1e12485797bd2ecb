import { isProblem, type Problem } from "@berth/domain";

/** A failure as the canvas shows it: an API problem, or the absence of a response. */
export type Failure =
  | { kind: "problem"; problem: Problem }
  | { kind: "unreachable" }
  | { kind: "unexpected"; detail: string };

/**
 * Parses any thrown value. tRPC errors carry `data.problem`; the other routes return `{ error: { data: { problem } } }`.
 */
export function failureOf(error: unknown): Failure {
  if (isRecord(error)) {
    const body = isRecord(error.error) ? error.error : error;
    const data = isRecord(body.data) ? body.data : undefined;
    if (isProblem(data?.problem)) return { kind: "problem", problem: data.problem };
    if (isNetworkError(error)) return { kind: "unreachable" };
  }
  return { kind: "unexpected", detail: error instanceof Error ? error.message : String(error) };
}

export const problemOf = (error: unknown): Problem | undefined => {
  const failure = failureOf(error);
  return failure.kind === "problem" ? failure.problem : undefined;
};

export const isSignedOut = (error: unknown): boolean => problemOf(error)?.code === "unauthenticated";

/** True when the same request may succeed later: there was no response, or the API says so. */
export function isWorthRetrying(error: unknown): boolean {
  const failure = failureOf(error);
  return failure.kind === "unreachable" || (failure.kind === "problem" && failure.problem.retryable);
}

/** `fetch` rejects with a TypeError without a response; tRPC wraps it and leaves `data` empty. */
function isNetworkError(error: Record<string, unknown>): boolean {
  if (error instanceof TypeError) return true;
  const isClientError = error.name === "TRPCClientError" && !isRecord(error.data);
  return isClientError && (error.cause instanceof TypeError || isRecord(error.meta) === false);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
