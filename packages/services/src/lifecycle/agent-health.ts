import { type DaemonStatus, RUNTIMES, type RuntimeId, type StatusReason } from "@berth/domain";

/** What is wrong with a workspace's program, by its daemon's last word; null when all is well, or when it has none of its own. */
export function agentTrouble(status: DaemonStatus | null, runtime: string): StatusReason | null {
  const { command, title } = RUNTIMES[runtime as RuntimeId] ?? { command: null, title: runtime };
  if (!command || status?.agent.state !== "exited") return null;
  const ended = status.agent.exitCode === null ? "was ended" : `ended with ${status.agent.exitCode}`;
  return {
    code: "workspace_not_running",
    message: `${title} (${command[0]}) ${ended}. The files are there; look at the agent log, mend the cause, then restart.`,
    retryable: false,
    nextAttemptAt: null,
  };
}
