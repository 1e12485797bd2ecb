import type { Command, CommandLine } from "@berth/domain";

const PLAIN = /^[\w@%+=:,./-]+$/;

/** As one would type it: arguments with other characters are quoted. */
export const lineOf = (command: CommandLine): string =>
  typeof command === "string" ? command : command.map(quoted).join(" ");

const quoted = (argument: string): string =>
  PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;

export const isGood = ({ exitCode }: Pick<Command, "exitCode">): boolean => exitCode === 0;

export function stateText({ state, exitCode, signal }: Pick<Command, "state" | "exitCode" | "signal">): string {
  if (state === "running") return "Running";
  if (state === "lost") return "Lost";
  if (signal !== null) return `Ended by ${signal}`;
  return exitCode === 0 ? "Succeeded" : `Exit code ${exitCode}`;
}
