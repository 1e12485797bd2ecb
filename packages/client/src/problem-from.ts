import { isProblem, type Problem } from "@berth/domain";
import { TRPCClientError } from "@trpc/client";

/** What a refused call says: its code, a sentence for a person, and whether to try again. Null: it was not a refusal. */
export function problemFrom(error: unknown): Problem | null {
  if (!(error instanceof TRPCClientError)) return null;
  const { problem } = (error.data ?? {}) as { problem?: unknown };
  return isProblem(problem) ? problem : null;
}
