import type { Problem, ProblemCode } from "@berth/domain";
import { type Failure, failureOf } from "./problem.ts";

export interface FailureText {
  /** What happened, in one sentence. */
  title: string;
  /** The next step. */
  next: string;
  /** Facts for support: code, operation, details. Copied, not read. */
  detail: string;
}

interface Help {
  title: string;
  next: string;
  /** The API's message is more specific: it names the object. */
  preferMessage?: true;
}

/** One message and one next step for every problem. A new code in `domain` does not compile until it is listed here. */
const PROBLEM_HELP: Record<ProblemCode, Help> = {
  invalid_input: {
    title: "Some fields are invalid.",
    next: "Correct them and try again.",
    preferMessage: true,
  },
  path_not_allowed: { title: "That path cannot be used.", next: "Choose another name or place.", preferMessage: true },
  confirmation_mismatch: { title: "The confirmation does not match.", next: "Type the name exactly as shown." },
  unauthenticated: { title: "You are signed out.", next: "Sign in again to continue." },
  forbidden: {
    title: "You do not have permission to do this.",
    next: "Ask the owner, or sign in with another token.",
    preferMessage: true,
  },
  not_found: { title: "Not found.", next: "It may have been deleted or moved. Reload the list." },
  operation_in_progress: {
    title: "Another operation is still running on this workspace.",
    next: "Wait for it to finish; Activity shows its steps.",
  },
  generation_mismatch: {
    title: "The workspace restarted in the meantime. Nothing was changed.",
    next: "Check its current state and try again.",
  },
  etag_mismatch: { title: "The file has changed since you opened it.", next: "Compare both versions and choose one." },
  illegal_transition: {
    title: "The workspace is not in a state that allows this.",
    next: "Wait until it settles, then try again.",
    preferMessage: true,
  },
  workspace_not_running: {
    title: "The workspace is not running.",
    next: "Resume, wake or restart it first.",
    preferMessage: true,
  },
  port_not_listening: {
    title: "Nothing listens on this port.",
    next: "Start a server in the workspace, then try again.",
    preferMessage: true,
  },
  port_broken: {
    title: "The server in the workspace did not respond as a web server.",
    next: "Check its output, then try again.",
    preferMessage: true,
  },
  name_taken: { title: "That name is taken.", next: "Choose another name.", preferMessage: true },
  parent_paused: { title: "The team this workspace belongs to is paused.", next: "Resume the parent first." },
  has_children: {
    title: "This workspace leads a team.",
    next: "Delete the whole team, or move its members first.",
  },
  already_exists: { title: "That name already exists.", next: "Choose another name." },
  not_empty: { title: "The folder is not empty.", next: "Delete it with its content, or empty it first." },
  data_erased: { title: "The data is already erased.", next: "It cannot be restored. See the receipt in Saved data." },
  data_missing: {
    title: "The saved data cannot be found.",
    next: "Nothing was erased. Check the backend, then restart; Saved data shows what is known.",
    preferMessage: true,
  },
  volume_attached: {
    title: "A workspace uses this data.",
    next: "Delete the workspace first, or delete it with its data.",
    preferMessage: true,
  },
  force_required: {
    title: "This deletes data, so it needs confirmation.",
    next: "Confirm to continue.",
    preferMessage: true,
  },
  upload_offset_mismatch: { title: "The upload was interrupted.", next: "Retry to resume it." },
  request_timeout: { title: "The request took too long to arrive.", next: "Check your connection and try again." },
  idempotency_key_in_use: { title: "The same request is still running.", next: "Wait a moment for it to finish." },
  precondition_failed: {
    title: "It changed in the meantime. Nothing was done.",
    next: "Reload and try again.",
    preferMessage: true,
  },
  limit_exceeded: { title: "A limit was exceeded.", next: "Make it smaller and try again.", preferMessage: true },
  range_not_satisfiable: { title: "The file is shorter than that.", next: "Reload it and try again." },
  idempotency_key_reused: { title: "The request was changed while it was being sent.", next: "Try again." },
  too_many_requests: { title: "Too many requests at once.", next: "Wait a few seconds and try again." },
  headers_too_large: {
    title: "The request's headers are too large.",
    next: "Clear this site's cookies and try again.",
  },
  address_too_long: { title: "The request's address is too long.", next: "Close some folders and try again." },
  method_not_allowed: { title: "The server does not offer this.", next: "Reload the page and try again." },
  unsupported_media_type: { title: "The server cannot read the request.", next: "Reload the page and try again." },
  internal: {
    title: "The server ran into an error.",
    next: "Try again. If it fails again, copy the details and look at the server's log.",
  },
  agent_home_not_durable: {
    title: "/agent-home cannot be browsed here.",
    next: "It is on the machine's disk, which every restart replaces. Store files in /workspace instead.",
  },
  unsupported_by_backend: {
    title: "This backend cannot do that.",
    next: "Use another backend for this workspace.",
    preferMessage: true,
  },
  backend_unavailable: {
    title: "The backend does not respond.",
    next: "Berth retries automatically. Check that the engine runs.",
    preferMessage: true,
  },
  disk_full: {
    title: "The disk is full.",
    next: "Delete what you do not need, or enlarge the disk, then try again.",
    preferMessage: true,
  },
};

/** Any thrown value as a message, a next step and a copyable detail. */
export const describeError = (error: unknown): FailureText => describeFailure(failureOf(error));

export function describeFailure(failure: Failure): FailureText {
  switch (failure.kind) {
    case "problem":
      return describeProblem(failure.problem);
    case "unreachable":
      return {
        title: "The server did not respond.",
        next: "Check that Berth is running and your connection works, then try again.",
        detail: "No response from the server (network error).",
      };
    case "unexpected":
      return {
        title: "Something unexpected happened.",
        next: "Try again. If it fails again, copy the details and report it.",
        detail: failure.detail,
      };
  }
}

function describeProblem(problem: Problem): FailureText {
  const help = PROBLEM_HELP[problem.code];
  return {
    title: help.preferMessage && problem.message.trim() !== "" ? problem.message : help.title,
    next: help.next,
    detail: JSON.stringify(problem, null, 2),
  };
}
