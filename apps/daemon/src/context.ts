import type { FileRoot } from "@berth/domain";
import type { AgentProcess } from "./agent/agent-process.ts";
import type { Commands } from "./commands/commands.ts";
import type { Root } from "./files/root.ts";
import type { Listeners } from "./ports/listeners.ts";
import type { StatusReader } from "./status/status.ts";
import type { Terminals } from "./terminals/terminals.ts";

/** The dependencies of the request handlers. */
export interface DaemonContext {
  readonly roots: ReadonlyMap<FileRoot, Root>;
  readonly agent: AgentProcess;
  readonly status: StatusReader;
  readonly commands: Commands;
  readonly listeners: Listeners;
  readonly terminals: Terminals;
  log(line: string): void;
}
