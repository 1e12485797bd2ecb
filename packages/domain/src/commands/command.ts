import type { CommandStream } from "./frames.ts";

/** `lost`: its machine went away, so its exit code and its output are unknown. */
export const COMMAND_STATES = ["running", "exited", "lost"] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** SIGTERM ends the command: SIGKILL follows after `LIMITS.commandGraceSeconds`. All others are only delivered. */
export const COMMAND_SIGNALS = [
  "SIGTERM",
  "SIGKILL",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGSTOP",
  "SIGCONT",
] as const;
export type CommandSignal = (typeof COMMAND_SIGNALS)[number];

export const COMMAND_ENCODINGS = ["utf8", "base64"] as const;
export type CommandEncoding = (typeof COMMAND_ENCODINGS)[number];

/** An argument array, executed directly, or one line for the shell. */
export type CommandLine = readonly string[] | string;

export interface Command {
  id: string;
  workspaceId: string;
  incarnationId: string;
  /** Long arguments are cut: see `shortCommand`. */
  command: CommandLine;
  cwd: string;
  state: CommandState;
  /** Null while it runs, when a signal ended it, and when it is lost. */
  exitCode: number | null;
  /** The signal that ended its main process. */
  signal: string | null;
  startedAt: string;
  endedAt: string | null;
  /** Bytes written so far, of which the last ones are kept. */
  stdoutBytes: number;
  stderrBytes: number;
}

export interface CommandResult {
  commandId: string;
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  /** The last `outputLimitBytes` bytes of each stream. */
  stdout: string;
  stderr: string;
  stdoutTruncated: boolean;
  stderrTruncated: boolean;
  durationMs: number;
}

/** A part of the output. An offset beyond the end of the part before it means that the bytes between were dropped. */
export interface CommandOutputPart {
  stream: CommandStream;
  offset: number;
  data: string;
  /** `base64` for bytes that are not UTF-8. */
  encoding: CommandEncoding;
}

export interface CommandEnd {
  exitCode: number | null;
  signal: string | null;
}

/** The last message of `POST /exec`. */
export interface ExecExit extends CommandEnd {
  timedOut: boolean;
  durationMs: number;
  stdoutBytes: number;
  stderrBytes: number;
}

/** What a daemon reports about a command. */
export interface CommandReport {
  id: string;
  /** Null while it runs, or when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  /** Null while it runs. */
  durationMs: number | null;
  stdoutBytes: number;
  stderrBytes: number;
}

/** What the API asks a daemon to start. */
export interface StartCommandRequest {
  /** Chosen by the API. Starting the same id again returns the command that runs. */
  id: string;
  command: CommandLine;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Base64. */
  stdin: string;
  /** False: standard input stays open for `commands.write`. */
  endStdin: boolean;
  timeoutSeconds: number | null;
  /** How many of the last bytes of each stream are kept. */
  keepBytes: number;
  /** True: until its first reader is attached, for a minute at most, it prints no more than is kept. */
  awaitsReader: boolean;
}

const SHOWN_CHARS_MAX = 4_000;
const SHOWN_ARGUMENTS_MAX = 100;

/** The command as it is stored and listed: at most 4,000 characters and 100 arguments, with an ellipsis for the rest. */
export function shortCommand(command: CommandLine): CommandLine {
  if (typeof command === "string") return cut(command, SHOWN_CHARS_MAX);
  let left = SHOWN_CHARS_MAX;
  const shown: string[] = [];
  for (const argument of command) {
    if (left <= 0 || shown.length === SHOWN_ARGUMENTS_MAX) return [...shown, "…"];
    shown.push(cut(argument, left));
    left -= argument.length;
  }
  return shown;
}

function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const kept = text.slice(0, charsMax);
  // Not within a surrogate pair.
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
