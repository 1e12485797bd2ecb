import type { CommandRow } from "@berth/db";
import { type Command, type CommandReport, DomainError } from "@berth/domain";

/** @param report what the daemon of a running command has reported since */
export const presentCommand = (row: CommandRow, report?: CommandReport): Command => ({
  id: row.id,
  workspaceId: row.workspaceId,
  incarnationId: row.incarnationId,
  command: row.command,
  cwd: row.cwd,
  state: row.state,
  exitCode: row.exitCode,
  signal: row.signal,
  startedAt: row.createdAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
  stdoutBytes: report?.stdoutBytes ?? row.stdoutBytes,
  stderrBytes: report?.stderrBytes ?? row.stderrBytes,
});

export const commandLost = ({ id }: Pick<CommandRow, "id">): DomainError =>
  new DomainError(
    "workspace_not_running",
    "The machine of this command went away. Whether it finished, and its output, are unknown.",
    { details: { commandId: id, state: "lost" } },
  );

export function outputGone({ id, endedAt, exitCode, signal }: CommandRow): DomainError {
  const how = exitCode === null ? ` by ${signal ?? "a signal"}` : ` with exit code ${exitCode}`;
  const message = `The command ended at ${endedAt?.toISOString()}${how}. Its output is no longer kept.`;
  return new DomainError("not_found", message, { details: { commandId: id, exitCode, signal } });
}
