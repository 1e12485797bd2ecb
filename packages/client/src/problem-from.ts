import { isProblem, type Problem } from "@berth/domain";
import { TRPCClientError } from "@trpc/client";

/** The problem of a failed call: its code, a sentence for a person, and whether to retry. Null for any other error. */
export function problemFrom(error: unknown): Problem | null {
  if (!(error instanceof TRPCClientError)) return null;
  const { problem } = (error.data ?? {}) as { problem?: unknown };
  return isProblem(problem) ? problem : null;
}
