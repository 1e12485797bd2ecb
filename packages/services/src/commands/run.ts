import type { DaemonSession } from "@berth/backends/tunnel";
import type { CommandRow } from "@berth/db";
import {
  type Actor,
  type Command,
  type CommandReport,
  type CommandResult,
  type CommandStream,
  DAEMON_ROUTES,
  DomainError,
  type ExecExit,
  type ExecInput,
  LIMITS,
  type RunCommandInput,
  type StartCommandInput,
} from "@berth/domain";
import { once } from "../access/idempotency.ts";
import type { Deps } from "../deps.ts";
import { followCommand } from "./follow.ts";
import { launchCommand } from "./launch.ts";
import { presentCommand } from "./present.ts";
import { TextParts } from "./text-parts.ts";

/** The grace period twice, and time for the output. */
const REPORT_MARGIN_MS = (2 * LIMITS.commandGraceSeconds + 60) * 1000;

/** Starts a command that outlives its caller. */
export async function startCommand(
  deps: Deps,
  actor: Actor,
  input: StartCommandInput,
  signal: AbortSignal,
  key: string | null,
): Promise<Command> {
  const { keepAwake, awaitsReader } = input;
  const launch = {
    action: "commands.start",
    input,
    key,
    detached: true,
    keepAwake,
    endStdin: false,
    awaitsReader,
  };
  return presentCommand((await launchCommand(deps, actor, launch, signal)).row);
}

/**
 * Runs a command and waits for its end. Without a key it is ended when its caller disconnects, because its result
 * could no longer be read. With one it goes on, and a retry gets the result.
 */
export async function runCommand(
  deps: Deps,
  actor: Actor,
  input: RunCommandInput,
  signal: AbortSignal,
  key: string | null,
): Promise<CommandResult> {
  const launch = {
    action: "commands.run",
    input,
    key,
    detached: false,
    keepAwake: false,
    endStdin: true,
    awaitsReader: false,
  };
  const { row, session } = await launchCommand(deps, actor, launch, signal);
  // Its daemon must not keep the caller waiting longer than the time limit allows.
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(input.timeoutSeconds * 1000 + REPORT_MARGIN_MS)]);
  const kept = { stdout: new LastBytes(input.outputLimitBytes), stderr: new LastBytes(input.outputLimitBytes) };
  try {
    const options = { afterStdout: 0, afterStderr: 0, atEnd: true, session };
    for await (const piece of followCommand(deps, actor, row, options, bounded)) {
      if ("ended" in piece) return resultOf(piece.ended, kept, input);
      kept[piece.stream].add(piece.bytes);
    }
    throw new Error("The output of a command ended without its report.");
  } catch (error) {
    if (key === null && hasLeft(signal)) await endCommand(deps, row);
    throw bounded.aborted && !signal.aborted ? noReport() : error;
  }
}

export interface Exec {
  command: Command;
  output: AsyncGenerator<ExecLine>;
}
export type ExecLine =
  | { stream: CommandStream; offset: number; data: string; encoding?: "base64" }
  | { exit: ExecExit };

/** Runs a command and streams its output. Unless it is detached, it ends when its caller disconnects. */
export async function execCommand(
  deps: Deps,
  actor: Actor,
  { workspaceId, ...input }: ExecInput & { workspaceId: string },
  signal: AbortSignal,
  key: string | null,
): Promise<Exec> {
  const { detach: detached } = input;
  const action = "POST /exec/:workspaceId";
  const launch = {
    action,
    input: { ...input, workspaceId },
    key,
    detached,
    keepAwake: false,
    endStdin: true,
    awaitsReader: true,
  };
  const start = async () => (await launchCommand(deps, actor, launch, signal)).row;
  const row = key === null ? await start() : await startOnce(deps, actor, { key, action, input: launch.input }, start);
  return { command: presentCommand(row), output: execOutput(deps, actor, { row, input, signal }) };
}

/** The row as JSON would store its times as text. */
async function startOnce(
  deps: Deps,
  actor: Actor,
  request: { key: string; action: string; input: object },
  start: () => Promise<CommandRow>,
): Promise<CommandRow> {
  const stored = await once(deps, actor, request, start);
  return { ...stored, createdAt: new Date(stored.createdAt), endedAt: stored.endedAt && new Date(stored.endedAt) };
}

async function* execOutput(
  deps: Deps,
  actor: Actor,
  { row, input, signal }: { row: CommandRow; input: ExecInput; signal: AbortSignal },
): AsyncGenerator<ExecLine> {
  const parts = { stdout: new TextParts(input.encoding), stderr: new TextParts(input.encoding) };
  const options = { afterStdout: 0, afterStderr: 0, atEnd: false };
  let hasEnded = false;
  try {
    for await (const piece of followCommand(deps, actor, row, options, signal)) {
      if (!("ended" in piece)) {
        for (const part of parts[piece.stream].push(piece.offset, piece.bytes)) yield lineOf(piece.stream, part);
        continue;
      }
      hasEnded = true;
      for (const stream of ["stdout", "stderr"] as const) {
        for (const part of parts[stream].end()) yield lineOf(stream, part);
      }
      const { exitCode, signal: by, timedOut, durationMs, stdoutBytes, stderrBytes } = piece.ended;
      yield { exit: { exitCode, signal: by, timedOut, durationMs: durationMs ?? 0, stdoutBytes, stderrBytes } };
    }
  } finally {
    if (!hasEnded && !input.detach && hasLeft(signal)) await endCommand(deps, row);
  }
}

/** UTF-8 is the default, so only base64 is named. */
const lineOf = (stream: CommandStream, { encoding, ...part }: ReturnType<TextParts["end"]>[number]): ExecLine => ({
  stream,
  ...part,
  ...(encoding === "base64" ? { encoding } : {}),
});

/** False while Berth stops: then its caller has not left, and a retry may get the result. */
const hasLeft = (signal: AbortSignal): boolean => signal.aborted && !(signal.reason instanceof DomainError);

const END_WITHIN_MS = 5_000;

/** Best effort: the time limit ends it too. */
async function endCommand(deps: Deps, { id, incarnationId }: CommandRow): Promise<void> {
  const signal = AbortSignal.timeout(END_WITHIN_MS);
  const session: DaemonSession | null = await deps.daemons.find(incarnationId).catch(() => null);
  const call = { method: "POST", route: DAEMON_ROUTES.signalCommand, signal } as const;
  await session?.json(call, { id, signal: "SIGTERM" }).catch(() => null);
}

const noReport = (): DomainError =>
  new DomainError(
    "workspace_not_running",
    "The command's time limit has passed, but the workspace does not report its end. Restart the workspace.",
    { retryable: true },
  );

/** The last bytes of a stream, with at most twice as many in memory. */
class LastBytes {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(bytes: Uint8Array): void {
    // A copy, because the connection reuses its buffers.
    this.#chunks.push(Buffer.from(bytes));
    this.#length += bytes.length;
    if (this.#length > 2 * this.#bytesMax + 65_536) this.#trim();
  }

  take(): Buffer {
    return this.#trim();
  }

  #trim(): Buffer {
    const all = Buffer.concat(this.#chunks, this.#length);
    const last = all.subarray(Math.max(0, all.length - this.#bytesMax));
    this.#chunks = [last];
    this.#length = last.length;
    return last;
  }
}

function resultOf(
  report: CommandReport,
  kept: Record<CommandStream, LastBytes>,
  { encoding }: Pick<RunCommandInput, "encoding">,
): CommandResult {
  const [stdout, stderr] = [kept.stdout.take(), kept.stderr.take()];
  const stdoutTruncated = report.stdoutBytes > stdout.length;
  const stderrTruncated = report.stderrBytes > stderr.length;
  return {
    ...{ commandId: report.id, exitCode: report.exitCode, signal: report.signal, timedOut: report.timedOut },
    stdout: textOf(stdout, encoding, stdoutTruncated),
    stderr: textOf(stderr, encoding, stderrTruncated),
    ...{ stdoutTruncated, stderrTruncated, durationMs: report.durationMs ?? 0 },
  };
}

/** In text, bytes that are not UTF-8 become U+FFFD, and the rest of a cut character is left out. */
function textOf(bytes: Buffer, encoding: RunCommandInput["encoding"], isCut: boolean): string {
  if (encoding === "base64" || !isCut) return bytes.toString(encoding);
  let from = 0;
  while (from < 3 && from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.toString(encoding, from);
}
