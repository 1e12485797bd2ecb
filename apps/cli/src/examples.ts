import type { Command } from "commander";

/** Shows examples at the end of a command's help. */
export const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
