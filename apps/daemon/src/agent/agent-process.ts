import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { type DaemonBoot, type DaemonStatus, type LogTail, programMissing } from "@berth/domain";
import { exitCodeOfSignal } from "../exit-code.ts";
import { errorCode } from "../files/problems.ts";
import { AgentLog } from "./agent-log.ts";
import { commandEnvironment, workingDirectory } from "./command-environment.ts";
import { RestartBackoff } from "./restart-backoff.ts";

const GRACE_MS = 5_000;

/** Starts the workspace's command, logs its output, restarts it when it fails, and ends it with all its children. */
export class AgentProcess {
  readonly #boot: DaemonBoot;
  readonly #log: (line: string) => void;
  readonly #output: AgentLog;
  readonly #pace = new RestartBackoff();
  #child: ChildProcess | undefined;
  #state: DaemonStatus["agent"] = { state: "none", pid: null, exitCode: null, restarts: 0 };
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #closed = false;

  constructor(boot: DaemonBoot, log: (line: string) => void) {
    this.#boot = boot;
    this.#log = log;
    this.#output = new AgentLog(boot.stateDirectory);
  }

  get state(): DaemonStatus["agent"] {
    return { ...this.#state };
  }

  logTail(tailBytes: number): Promise<LogTail> {
    return this.#output.tail(tailBytes);
  }

  start(): void {
    const [program, ...parameters] = this.#boot.command ?? [];
    if (program === undefined) return;
    const startedAt = performance.now();
    const child = spawn(program, parameters, {
      cwd: workingDirectory(this.#boot),
      env: commandEnvironment(this.#boot),
      stdio: ["ignore", "pipe", "pipe"],
      // A separate process group, so that a signal reaches all its children.
      detached: true,
    });
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => this.#output.append(chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#output.append(chunk));
    child.once("error", (error) => {
      if (child.pid === undefined) this.#note(`Command could not be started (${errorCode(error) ?? error.message}).`);
    });
    if (child.pid === undefined) {
      this.#state = { ...this.#state, state: "missing", pid: null, exitCode: null };
      this.#note(programMissing(program));
      return;
    }
    this.#log(`Command started: ${program} (process ${child.pid}).`);
    child.once("exit", (code, signal) => this.#ended(code ?? exitCodeOfSignal(signalNumber(signal)), startedAt));
    this.#state = { ...this.#state, state: "running", pid: child.pid, exitCode: null };
  }

  /** Ends the command for good: SIGTERM, then SIGKILL for what is left of its process group after the grace period. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child?.pid === undefined) return;
    if (this.#state.state === "running") {
      const exited = once(child, "exit");
      signalGroup(child.pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
      await exited;
      clearTimeout(timer);
    }
    // Also end the processes that the command left running.
    signalGroup(child.pid, "SIGKILL");
    this.#child = undefined;
  }

  /** `stop`, and closes the log. */
  async close(): Promise<void> {
    await this.stop();
    if (this.#closed) return;
    this.#closed = true;
    this.#output.close();
  }

  /** Writes to the boot log and to the agent log, where users look for problems of the program. */
  #note(line: string): void {
    this.#log(line);
    if (!this.#closed) this.#output.append(Buffer.from(`[berth] ${line}\n`));
  }

  #ended(exitCode: number, startedAt: number): void {
    this.#state = { ...this.#state, state: "exited", pid: null, exitCode };
    if (this.#stopping) this.#log(`Command ended (exit code ${exitCode}).`);
    else if (exitCode === 0) this.#note("Command exited with code 0. It is not restarted.");
    else this.#startAgain(exitCode, startedAt);
  }

  #startAgain(exitCode: number, startedAt: number): void {
    const delayMs = this.#pace.delayAfter(performance.now() - startedAt);
    this.#note(`Command failed (exit code ${exitCode}). Restarting it in ${delayMs / 1000} s.`);
    this.#restart = setTimeout(() => {
      this.#state = { ...this.#state, restarts: this.#state.restarts + 1 };
      this.start();
    }, delayMs);
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The group has no processes left.
    if (errorCode(error) !== "ESRCH" && errorCode(error) !== "EPERM") throw error;
  }
}

const signalNumber = (signal: NodeJS.Signals | null): number => (signal === null ? 0 : constants.signals[signal]);
