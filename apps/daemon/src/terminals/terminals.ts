import { existsSync } from "node:fs";
import { type DaemonBoot, DomainError, LIMITS, notFound, type TerminalFacts } from "@berth/domain";
import { commandEnvironment, workingDirectory } from "../agent/surroundings.ts";
import { findShell } from "./login-shell.ts";
import { Terminal } from "./terminal.ts";

export interface TerminalsOptions {
  boot: DaemonBoot;
  /** Where the native part lies; null where there is none. */
  addonPath: string | null;
  log(line: string): void;
}

/** The terminals of this workspace. A terminal ends with its shell, not with whoever looks at it. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #open = new Map<string, Terminal>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  list(): TerminalFacts[] {
    return [...this.#open.values()].map((terminal) => terminal.facts);
  }

  /** @throws DomainError `not_found` also for one whose shell has ended. */
  get(id: string): Terminal {
    const terminal = this.#open.get(id);
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
    await this.get(id).close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map((terminal) => terminal.close()));
  }

  #start(size: { columns: number; rows: number }): TerminalFacts {
    const { boot, addonPath, log } = this.#options;
    if (addonPath === null || !existsSync(addonPath)) throw unsupported();
    const file = findShell();
    const directory = workingDirectory(boot) ?? process.cwd();
    const environment = {
      // Without a locale a shell takes every letter beyond ASCII for several.
      LANG: "C.UTF-8",
      ...commandEnvironment(boot),
      SHELL: file,
      PWD: directory,
      TERM: "xterm-256color",
      COLORTERM: "truecolor",
    };
    const terminal = new Terminal({ addonPath, file, directory, environment, ...size });
    this.#open.set(terminal.id, terminal);
    void terminal.ended.then(() => this.#open.delete(terminal.id));
    log(`Terminal opened: ${file}, ${size.columns} columns, ${size.rows} rows.`);
    return terminal.facts;
  }
}

const unsupported = (): DomainError =>
  new DomainError(
    "unsupported_by_backend",
    "This workspace's machine has no terminals. They need Linux and the local, docker or ec2 backend.",
  );
