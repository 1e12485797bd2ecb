import { DomainError, isProblem } from "@berth/domain";

/** The problem in the body of a refused request, as an error. */
export function problemIn(response: unknown): Error {
  const { error } = (response ?? {}) as { error?: { data?: { problem?: unknown } } };
  const problem = error?.data?.problem;
  return isProblem(problem) ? DomainError.fromProblem(problem) : new Error("The response is not from Berth.");
}
