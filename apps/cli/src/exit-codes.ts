import type { ProblemCode } from "@berth/domain";

/** The exit codes of `berth`, as docs/cli.md lists them. `exec` and its relatives exit with the code of the command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
  operationFailed: 7,
  /** As in GNU timeout: the time limit ended the command. */
  timedOut: 124,
  /** As in GNU timeout: Berth itself failed, so nothing is known about the command. */
  execFailed: 125,
  interrupted: 130,
} as const;

const BY_PROBLEM: Partial<Record<ProblemCode, number>> = {
  invalid_input: EXIT.usage,
  path_not_allowed: EXIT.usage,
  unauthenticated: EXIT.notSignedIn,
  forbidden: EXIT.notSignedIn,
  not_found: EXIT.notFound,
  confirmation_mismatch: EXIT.conflict,
  operation_in_progress: EXIT.conflict,
  generation_mismatch: EXIT.conflict,
  etag_mismatch: EXIT.conflict,
  illegal_transition: EXIT.conflict,
  workspace_not_running: EXIT.conflict,
  name_taken: EXIT.conflict,
  parent_paused: EXIT.conflict,
  has_children: EXIT.conflict,
  already_exists: EXIT.conflict,
  not_empty: EXIT.conflict,
  data_erased: EXIT.conflict,
  data_missing: EXIT.conflict,
  volume_attached: EXIT.conflict,
  force_required: EXIT.conflict,
  precondition_failed: EXIT.conflict,
  backend_unavailable: EXIT.unreachable,
};

export const exitCodeOf = (code: ProblemCode): number => BY_PROBLEM[code] ?? EXIT.failed;
