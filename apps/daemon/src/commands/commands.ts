import {
  type CommandReport,
  type CommandSignal,
  type DaemonBoot,
  DomainError,
  LIMITS,
  notFound,
  type StartCommandRequest,
} from "@berth/domain";
import { commandEnvironment } from "../agent/command-environment.ts";
import { RunningCommand } from "./command.ts";
import { resolveDirectory } from "./resolve-directory.ts";

/** Reports without output, so that a retry does not start a command again. */
const REPORTS_KEPT = 5_000;
const OUTPUT_KEPT_MS = LIMITS.commandOutputKeptMinutes * 60_000;

export interface CommandsOptions {
  boot: DaemonBoot;
  log(line: string): void;
  /** How long the output of an ended command is kept. */
  outputKeptMs?: number;
}

/** The commands of this workspace. Output and exit code stay readable for a while after a command has ended. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #starting = new Map<string, Promise<RunningCommand>>();
  readonly #running = new Map<string, RunningCommand>();
  /** With their output, ordered by end time, oldest first. */
  readonly #ended = new Map<string, RunningCommand>();
  readonly #reports = new Map<string, CommandReport>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  list(): CommandReport[] {
    return [...this.#ended.values(), ...this.#running.values()].map(({ report }) => report);
  }

  /** @throws DomainError `not_found` */
  report(id: string): CommandReport {
    const report = (this.#running.get(id) ?? this.#ended.get(id))?.report ?? this.#reports.get(id);
    if (report) return report;
    throw notFound("The command");
  }

  /** A running command, or an ended one with its output. @throws DomainError `not_found` */
  get(id: string): RunningCommand {
    const command = this.#running.get(id) ?? this.#ended.get(id);
    if (command) return command;
    if (this.#reports.has(id)) throw new DomainError("not_found", "The output of this command is no longer kept.");
    throw notFound("The command");
  }

  /** Starts a command, unless one of this id was started before. */
  async start(request: StartCommandRequest): Promise<CommandReport> {
    const { id } = request;
    if (this.#running.has(id) || this.#ended.has(id) || this.#reports.has(id)) return this.report(id);
    const known = this.#starting.get(id);
    if (known) return (await known).report;
    const starting = this.#start(request);
    this.#starting.set(id, starting);
    try {
      return (await starting).report;
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Does nothing to a command that has ended. */
  async signal(id: string, signal: CommandSignal): Promise<CommandReport> {
    await this.#running.get(id)?.signal(signal);
    return this.report(id);
  }

  /** Ends all commands before the instance stops. */
  async endAll(): Promise<void> {
    await Promise.allSettled(this.#starting.values());
    await Promise.all([...this.#running.values()].map((command) => command.end()));
  }

  /** Ends all commands and deletes their output. */
  async close(): Promise<void> {
    await this.endAll();
    for (const id of this.#ended.keys()) this.#dropOutput(id);
  }

  async #start({ id, command, env, stdin, ...request }: StartCommandRequest): Promise<RunningCommand> {
    const { boot } = this.#options;
    this.#requireRoom(request.keepBytes);
    const directory = resolveDirectory(boot, request.cwd);
    const input = Buffer.from(stdin, "base64");
    const started = await RunningCommand.start({
      ...{ id, command, directory, stdin: input },
      environment: { ...commandEnvironment(boot), PWD: directory, ...env },
      hasInput: input.length > 0 || !request.endStdin,
      endStdin: request.endStdin,
      timeoutSeconds: request.timeoutSeconds,
      keepBytes: request.keepBytes,
      awaitsReader: request.awaitsReader,
      directoryOfOutput: boot.stateDirectory,
    });
    this.#running.set(id, started);
    void started.ended.then(() => this.#keep(started));
    return started;
  }

  #requireRoom(keepBytes: number): void {
    const running = [...this.#running.values()];
    if (running.length + this.#starting.size >= LIMITS.commandsRunningMax) {
      const max = LIMITS.commandsRunningMax;
      const message = `A workspace runs at most ${max} commands at once. Try again when one has ended.`;
      throw new DomainError("too_many_requests", message, { details: { limit: "commandsRunningMax", max } });
    }
    const taken = running.reduce((sum, command) => sum + 2 * command.keepBytes, 2 * keepBytes);
    const max = LIMITS.commandsOutputRunningBytes;
    if (taken <= max) return;
    const message = "The running commands keep too much output. Try again when one has ended, or with a smaller limit.";
    throw new DomainError("too_many_requests", message, { details: { limit: "commandsOutputRunningBytes", max } });
  }

  #keep(command: RunningCommand): void {
    const { id } = command;
    this.#running.delete(id);
    this.#ended.set(id, command);
    setTimeout(() => this.#dropOutput(id), this.#options.outputKeptMs ?? OUTPUT_KEPT_MS).unref();
    let keptBytes = [...this.#ended.values()].reduce((sum, { diskBytes }) => sum + diskBytes, 0);
    for (const [oldest, { diskBytes }] of this.#ended) {
      if (this.#ended.size <= LIMITS.commandsKeptMax && keptBytes <= LIMITS.commandsOutputKeptBytes) return;
      keptBytes -= diskBytes;
      this.#dropOutput(oldest);
    }
  }

  #dropOutput(id: string): void {
    const command = this.#ended.get(id);
    if (!command) return;
    this.#ended.delete(id);
    this.#reports.set(id, command.report);
    command.dropOutput();
    const [oldest] = this.#reports.keys();
    if (oldest !== undefined && this.#reports.size > REPORTS_KEPT) this.#reports.delete(oldest);
  }
}
