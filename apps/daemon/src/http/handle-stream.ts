import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { DomainError, PROBLEM_STATUS } from "@berth/domain";
import type { DaemonContext } from "../context.ts";
import { asDomainError } from "../files/problems.ts";
import { Call, CallerDisconnectedError } from "./call.ts";
import { findHandler } from "./routes.ts";

/** Runs one call. An error becomes a `{ problem }` response, or a reset when the response has already started. */
export async function handleStream(
  context: DaemonContext,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  // A disconnect of the caller is routine; handlers use `call.signal`.
  stream.on("error", () => {});
  const call = new Call(stream, headers);
  try {
    await findHandler(call.method, call.route)(context, call);
  } catch (error) {
    fail(context, call, error);
  }
}

function fail(context: DaemonContext, call: Call, error: unknown): void {
  if (call.stream.destroyed || error instanceof CallerDisconnectedError) return;
  const problemError = asDomainError(error) ?? unexpected(context, call, error);
  // The response has started, so a reset tells the caller that it is incomplete.
  if (call.stream.headersSent) return void call.stream.destroy(problemError);
  const { problem } = problemError;
  call.respondJson({ problem }, PROBLEM_STATUS[problem.code]);
}

function unexpected(context: DaemonContext, call: Call, error: unknown): DomainError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.log(`Unexpected error in ${call.method} ${call.route}: ${text}`);
  return new DomainError("internal", "An unexpected error occurred in the workspace. See its boot log.");
}
