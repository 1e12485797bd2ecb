import type { DaemonSession } from "@berth/backends/tunnel";
import { DAEMON_ROUTES, type DaemonStatus, RUNTIMES, type RuntimeId, type StatusReason } from "@berth/domain";

const ANSWER_WITHIN_MS = 2_000;

/** What is wrong with a workspace's program, by its daemon's word; null when all is well, or when it has none of its own. */
export async function agentTrouble(session: DaemonSession, runtime: string): Promise<StatusReason | null> {
  const { command, title } = RUNTIMES[runtime as RuntimeId] ?? { command: null, title: runtime };
  if (!command) return null;
  const call = { method: "GET" as const, route: DAEMON_ROUTES.status, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) };
  const status = await session.json<DaemonStatus>(call).catch(() => null);
  if (status?.agent.state !== "exited") return null;
  const ended = status.agent.exitCode === null ? "was ended" : `ended with ${status.agent.exitCode}`;
  return {
    code: "workspace_not_running",
    message: `${title} (${command[0]}) ${ended}. The files are there; look at the agent log, mend the cause, then restart.`,
    retryable: false,
    nextAttemptAt: null,
  };
}
