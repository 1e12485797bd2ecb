import { setTimeout as pause } from "node:timers/promises";
import { type CommandPiece, type DaemonSession, readCommandOutput } from "@berth/backends/tunnel";
import { type CommandRow, findCommand } from "@berth/db";
import { type Actor, DomainError } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";
import { commandLost, outputGone } from "./present.ts";
import { recordCommandEnd, recordCommandEnds } from "./record-ends.ts";

export interface FollowOptions {
  afterStdout: number;
  afterStderr: number;
  /** True: the output is sent once the command has ended. */
  atEnd: boolean;
  /** The current connection to the workspace, if the caller has it. */
  session?: DaemonSession;
}

/** A daemon reconnects within this time after a restart of its API. */
const REATTACH_MS = 30_000;
const RETRY_MS = 200;

/**
 * The output of a command, and at last its report. Continues at the same byte when the connection to the workspace breaks.
 *
 * @throws DomainError `workspace_not_running` when the machine went away or does not reconnect, `not_found` when the
 * output is no longer kept.
 */
export async function* followCommand(
  deps: Deps,
  actor: Actor,
  row: CommandRow,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<CommandPiece> {
  const { afterStdout: stdout, afterStderr: stderr, atEnd } = options;
  const next = { stdout, stderr };
  let known = options.session;
  for (let brokenAtMs: number | null = null; ; ) {
    try {
      const session = known ?? (await runningDaemonOf(deps, actor, row.workspaceId, { wakes: false, signal }));
      known = undefined;
      if (session.incarnationId !== row.incarnationId) throw await whyEnded(deps, row, signal, null);
      const place = { id: row.id, afterStdout: next.stdout, afterStderr: next.stderr, atEnd, signal };
      for await (const piece of readCommandOutput(session, place)) {
        brokenAtMs = null;
        if ("ended" in piece) {
          // Not awaited: a query of a running command compares it with its daemon anyway.
          recordCommandEnd(deps, row.id, piece.ended).catch(() => {});
          yield piece;
          return;
        }
        next[piece.stream] = piece.offset + piece.bytes.length;
        yield piece;
      }
    } catch (error) {
      signal.throwIfAborted();
      brokenAtMs ??= performance.now();
      const isPassing = isRetryable(error) && performance.now() - brokenAtMs < REATTACH_MS;
      if (!isPassing) throw await whyEnded(deps, row, signal, error);
      await pause(RETRY_MS, undefined, { signal });
    }
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof DomainError && error.problem.code === "workspace_not_running" && error.problem.retryable;

/** Replaces a problem of the connection by what is known about the command. */
async function whyEnded(deps: Deps, row: CommandRow, signal: AbortSignal, error: unknown): Promise<unknown> {
  const isExplained = error instanceof DomainError && EXPLAINED_BY_ITS_END.has(error.problem.code);
  if (error !== null && !isExplained) return error;
  await recordCommandEnds(deps, signal, row.workspaceId);
  const known = await findCommand(deps.db, row);
  if (known?.state === "lost") return commandLost(row);
  if (known?.state === "exited") return outputGone(known);
  return error ?? commandLost(row);
}

const EXPLAINED_BY_ITS_END: ReadonlySet<string> = new Set(["not_found", "workspace_not_running"]);
