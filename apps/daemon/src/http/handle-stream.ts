import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { DomainError, PROBLEM_STATUS } from "@berth/domain";
import type { DaemonContext } from "../context.ts";
import { asDomainError } from "../files/problems.ts";
import { Call, CallerGoneError } from "./call.ts";
import { findHandler } from "./routes.ts";

/** Runs one call. Whatever goes wrong ends as `{ problem }`, or as a reset when the answer is already under way. */
export async function handleStream(
  context: DaemonContext,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  // A caller that goes away is everyday: the handler notices by `call.signal`.
  stream.on("error", () => {});
  const call = new Call(stream, headers);
  try {
    await findHandler(call.method, call.route)(context, call);
  } catch (error) {
    fail(context, call, error);
  }
}

function fail(context: DaemonContext, call: Call, error: unknown): void {
  if (call.stream.destroyed || error instanceof CallerGoneError) return;
  const problemError = asDomainError(error) ?? unexpected(context, call, error);
  // Too late for a problem: the reset is what tells the caller that the bytes are not whole.
  if (call.stream.headersSent) return void call.stream.destroy(problemError);
  const { problem } = problemError;
  call.answerJson({ problem }, PROBLEM_STATUS[problem.code]);
}

function unexpected(context: DaemonContext, call: Call, error: unknown): DomainError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.log(`Unexpected error in ${call.method} ${call.route}: ${text}`);
  return new DomainError("internal", "Something unexpected went wrong in the workspace. Its boot log says more.");
}
