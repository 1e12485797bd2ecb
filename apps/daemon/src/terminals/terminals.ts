import { existsSync } from "node:fs";
import {
  type DaemonBoot,
  DomainError,
  LIMITS,
  notFound,
  type TerminalEndReason,
  type TerminalFacts,
} from "@berth/domain";
import { commandEnvironment, workingDirectory } from "../agent/command-environment.ts";
import { findShell } from "./login-shell.ts";
import { Terminal, type UnusedAfter } from "./terminal.ts";

const MINUTE_MS = 60_000;

export interface TerminalTimes extends UnusedAfter {
  /** The interval of the check for unused terminals. */
  everyMs: number;
  outputKeptMs: number;
}

export const TERMINAL_TIMES: TerminalTimes = {
  everyMs: MINUTE_MS,
  neverAttachedMs: LIMITS.terminalNeverAttachedMinutes * MINUTE_MS,
  detachedMs: LIMITS.terminalDetachedHours * 60 * MINUTE_MS,
  outputKeptMs: LIMITS.terminalOutputKeptMinutes * MINUTE_MS,
};

export interface TerminalsOptions {
  boot: DaemonBoot;
  /** The path of the native addon; null when there is none. */
  addonPath: string | null;
  times?: TerminalTimes;
  log(line: string): void;
}

/** The terminals of this workspace. A terminal ends with its shell; its last output stays readable for a while. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #times: TerminalTimes;
  readonly #open = new Map<string, Terminal>();
  /** Ordered by end time, oldest first. */
  readonly #ended = new Map<string, Terminal>();
  readonly #reaper: NodeJS.Timeout;

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.#times = options.times ?? TERMINAL_TIMES;
    this.#reaper = setInterval(() => void this.#closeUnused(), this.#times.everyMs);
    this.#reaper.unref();
  }

  list(): TerminalFacts[] {
    return [...this.#ended.values(), ...this.#open.values()].map((terminal) => terminal.facts);
  }

  /** Returns a running or recently ended terminal. @throws DomainError `not_found` */
  get(id: string): Terminal {
    const terminal = this.#open.get(id) ?? this.#ended.get(id);
    if (terminal) return terminal;
    throw notFound("The terminal");
  }

  open(size: { columns: number; rows: number }): TerminalFacts {
    if (this.#open.size >= LIMITS.terminalsMax) {
      const message = `A workspace has at most ${LIMITS.terminalsMax} terminals. Close one first.`;
      throw new DomainError("limit_exceeded", message, {
        details: { limit: "terminalsMax", max: LIMITS.terminalsMax },
      });
    }
    return this.#start(size);
  }

  async close(id: string): Promise<void> {
    const terminal = this.get(id);
    if (this.#open.has(id)) await terminal.close("closed");
  }

  /** Ends all terminals before the instance stops. */
  async closeAll(): Promise<void> {
    await this.#close([...this.#open.values()], "machine_stopped");
  }

  async #closeUnused(): Promise<void> {
    const open = [...this.#open.values()];
    const unused = await Promise.all(open.map((terminal) => terminal.isUnused(this.#times)));
    await this.#close(
      open.filter((_, index) => unused[index]),
      "unused",
    );
  }

  async #close(terminals: readonly Terminal[], reason: TerminalEndReason): Promise<void> {
    await Promise.all(terminals.map((terminal) => terminal.close(reason)));
  }

  #start(size: { columns: number; rows: number }): TerminalFacts {
    const { boot, addonPath, log } = this.#options;
    if (addonPath === null || !existsSync(addonPath)) throw unsupported();
    const file = findShell();
    const directory = workingDirectory(boot) ?? process.cwd();
    const environment = {
      // Without a locale, a shell treats each non-ASCII letter as several characters.
      LANG: "C.UTF-8",
      ...commandEnvironment(boot),
      SHELL: file,
      PWD: directory,
      TERM: "xterm-256color",
      COLORTERM: "truecolor",
    };
    const terminal = new Terminal({ addonPath, file, directory, environment, ...size });
    this.#open.set(terminal.id, terminal);
    void terminal.ended.then(() => this.#keep(terminal));
    log(`Terminal opened: ${file}, ${size.columns} columns, ${size.rows} rows.`);
    return terminal.facts;
  }

  #keep(terminal: Terminal): void {
    const { id, facts } = terminal;
    this.#open.delete(id);
    this.#ended.set(id, terminal);
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined && this.#ended.size > LIMITS.terminalsEndedKept) this.#ended.delete(oldest);
    setTimeout(() => this.#ended.delete(id), this.#times.outputKeptMs).unref();
    this.#options.log(`Terminal ended: ${facts.endReason}, exit code ${facts.exitCode}.`);
  }
}

const unsupported = (): DomainError =>
  new DomainError(
    "unsupported_by_backend",
    "This workspace's machine has no terminals. They need Linux and the local, docker or ec2 backend.",
  );
