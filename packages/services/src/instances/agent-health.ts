import type { WorkspaceRow } from "@berth/db";
import {
  DAEMON_ROUTES,
  type DaemonStatus,
  DomainError,
  LIMITS,
  programMissing,
  RUNTIMES,
  type RuntimeId,
  type StatusReason,
} from "@berth/domain";
import type { Deps } from "../deps.ts";

const ANSWER_WITHIN_MS = 5_000;

const runtimeOf = (runtime: string): { title: string; program: string | null } => {
  const { command, title } = RUNTIMES[runtime as RuntimeId] ?? { command: null, title: runtime };
  return { title, program: command?.[0] ?? null };
};

/** Whether this runtime has a program that the daemon starts. */
export const hasProgram = (runtime: string): boolean => runtimeOf(runtime).program !== null;

/** The problem of the workspace's program, from the daemon's last status. Null when it works or has none. */
export function agentProblem(status: DaemonStatus | null, runtime: string): StatusReason | null {
  const { title, program } = runtimeOf(runtime);
  if (!program || !status) return null;
  const { state, exitCode } = status.agent;
  if (state === "missing") return describeFailure(cannotStart(title, program));
  if (state !== "exited") return null;
  const ended = exitCode === null ? "was ended" : `ended with ${exitCode}`;
  return describeFailure(
    `${title} (${program}) ${ended}. The files are there; check the agent log, fix the cause, then restart.`,
  );
}

const describeFailure = (message: string): StatusReason => ({
  code: "workspace_not_running",
  message,
  retryable: false,
  nextAttemptAt: null,
});

const cannotStart = (title: string, program: string): string => `${title} cannot start. ${programMissing(program)}`;

/** @throws DomainError when the daemon reports that the program of the workspace's runtime is missing. */
export async function requireProgram(deps: Deps, { runtime, incarnationId }: WorkspaceRow): Promise<void> {
  const { title, program } = runtimeOf(runtime);
  if (!program) return;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  // The observe loop handles a daemon that does not respond.
  const session = await deps.daemons.find(incarnationId);
  const status = await session?.json({ method: "GET", route: DAEMON_ROUTES.status, signal }).catch(() => null);
  if (status?.agent.state !== "missing") return;
  throw new DomainError("workspace_not_running", cannotStart(title, program));
}

/** The end of the agent log, while the instance runs. Null when there is none. */
export async function readAgentLog(deps: Deps, incarnationId: string): Promise<string | null> {
  const query = { tailBytes: LIMITS.bootLogTailBytesDefault };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const tail = await deps.tunnel
    .session(incarnationId)
    ?.json({ method: "GET", route: DAEMON_ROUTES.agentLog, query, signal })
    .catch(() => null);
  return tail?.text.slice(-query.tailBytes) || null;
}
