import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants as fs, statSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type CommandLine, DomainError, LIMITS } from "@berth/domain";
import { openRegularSync } from "../files/fs-calls.ts";
import { errorCode } from "../files/problems.ts";
import { systemCalls } from "../native/system-calls.ts";
import { findShell } from "../terminals/login-shell.ts";
import { type Mark, newMark, spawnMarked } from "./inherited-mark.ts";

export interface SpawnOptions {
  command: CommandLine;
  directory: string;
  environment: Readonly<Record<string, string>>;
  hasInput: boolean;
}

export interface Spawned {
  child: ChildProcess;
  pid: number;
  /** Null where processes cannot be marked. */
  mark: Mark | null;
  stdin: Writable | null;
  stdout: Readable;
  stderr: Readable;
}

/** The kernel ends a command rather than the daemon when memory runs out. */
const OOM_SCORE = "500";

/** @throws DomainError `invalid_input` or `limit_exceeded` when the program cannot be started. */
export async function spawnCommand(options: SpawnOptions): Promise<Spawned> {
  requireDirectory(options.directory);
  const [file = "", ...args] = typeof options.command === "string" ? shellCommand(options.command) : options.command;
  const pipes = openPipes(options.hasInput);
  const mark = newMark();
  const start = () =>
    spawn(file, args, {
      cwd: options.directory,
      env: options.environment,
      // A separate session, without a terminal.
      detached: true,
      stdio: pipes ? [pipes.stdin?.readFd ?? "ignore", pipes.stdout.writeFd, pipes.stderr.writeFd] : stdio(options),
    });
  try {
    const marked = spawnMarked(mark, start);
    const child = marked === null ? start() : marked.result;
    if (child.pid === undefined) throw await failureOf(child);
    const streams = pipes ? ourEnds(pipes) : nodeStreams(child);
    preferToDaemon(child.pid);
    return { child, pid: child.pid, mark: marked === null ? null : mark, ...streams };
  } catch (error) {
    pipes?.closeOurs();
    throw asProblem(error, file);
  } finally {
    pipes?.closeTheirs();
  }
}

const shellCommand = (line: string): string[] => [findShell(), "-c", line];

const stdio = ({ hasInput }: SpawnOptions): ["pipe" | "ignore", "pipe", "pipe"] => [
  hasInput ? "pipe" : "ignore",
  "pipe",
  "pipe",
];

function requireDirectory(path: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    // It does not exist, or must not be entered.
  }
  if (isDirectory) return;
  throw new DomainError("invalid_input", "cwd: There is no such directory in the workspace.", {
    details: { field: "cwd" },
  });
}

function openPipes(hasInput: boolean) {
  const calls = systemCalls();
  if (calls === null) return null;
  const stdin = hasInput ? calls.openPipe() : null;
  const stdout = calls.openPipe();
  const stderr = calls.openPipe();
  return {
    ...{ stdin, stdout, stderr },
    closeTheirs: () => closeAll([stdin?.readFd, stdout.writeFd, stderr.writeFd]),
    closeOurs: () => closeAll([stdin?.writeFd, stdout.readFd, stderr.readFd]),
  };
}

function closeAll(fds: readonly (number | undefined)[]): void {
  for (const fd of fds) if (fd !== undefined) closeSync(fd);
}

function ourEnds({ stdin, stdout, stderr }: NonNullable<ReturnType<typeof openPipes>>) {
  return {
    stdin: stdin && new Socket({ fd: stdin.writeFd, readable: false, writable: true }),
    stdout: new Socket({ fd: stdout.readFd, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr.readFd, readable: true, writable: false }),
  };
}

function nodeStreams({ stdin, stdout, stderr }: ChildProcess) {
  if (!stdout || !stderr) throw new Error("The streams of a child were not opened.");
  return { stdin, stdout, stderr };
}

function preferToDaemon(pid: number): void {
  try {
    const fd = openRegularSync(`/proc/${pid}/oom_score_adj`, fs.O_WRONLY);
    writeSync(fd, OOM_SCORE);
    closeSync(fd);
  } catch {
    // It has ended, or runs as another user.
  }
}

const failureOf = (child: ChildProcess): Promise<Error> => new Promise((resolve) => child.once("error", resolve));

function asProblem(error: unknown, file: string): unknown {
  const details = { field: "command" };
  switch (errorCode(error)) {
    case "ENOENT":
      return new DomainError("invalid_input", `command: There is no program "${file}" in the workspace.`, { details });
    case "EACCES":
    case "ENOEXEC":
      return new DomainError("invalid_input", `command: "${file}" is not a program that can be run.`, { details });
    case "E2BIG":
      return new DomainError("limit_exceeded", "The arguments and variables are too long for this machine.", {
        details: { limit: "commandBytesMax", max: LIMITS.commandBytesMax },
      });
    case "EAGAIN":
    case "ENOMEM":
      return new DomainError(
        "too_many_requests",
        "The workspace cannot start another process now: it has reached its limit of processes or memory.",
      );
    default:
      return error;
  }
}
