import { createBerthClient } from "@berth/client";
import type { Command } from "commander";
import { requireCredentials } from "../credentials.ts";

/** A slow server must not hold up the typing. */
const NAMES_WITHIN_MS = 1_500;

/** Completions of the last word, which may be empty. */
export async function candidatesFor(program: Command, words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? "";
  let command = program;
  let argumentsSeen = 0;
  for (const word of words.slice(0, -1)) {
    const next = argumentsSeen === 0 ? command.commands.find((each) => named(each, word)) : undefined;
    if (next) command = next;
    else if (!word.startsWith("-")) argumentsSeen += 1;
  }
  const candidates = await candidatesOf(command, { typed, argumentsSeen });
  return candidates.filter((each) => each.startsWith(typed));
}

const named = (command: Command, word: string): boolean => command.name() === word || command.aliases().includes(word);

interface Position {
  typed: string;
  /** How many arguments come before. */
  argumentsSeen: number;
}

async function candidatesOf(command: Command, { typed, argumentsSeen }: Position): Promise<string[]> {
  if (typed.startsWith("-")) {
    const options = command.createHelp().visibleOptions(command);
    return options.flatMap(({ long, short }) => [long, short].filter((each) => each !== undefined && each !== null));
  }
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((each) => each.name());
  const argument = command.registeredArguments[argumentsSeen];
  if (argument?.name() === "workspace") return workspaceNames();
  // Files of this machine are completed by the shell.
  if (command.name() === "cp") return (await workspaceNames()).map((name) => `${name}:`);
  if (command.name() === "completion") return ["bash", "zsh", "fish"];
  return [];
}

async function workspaceNames(): Promise<string[]> {
  try {
    const signal = AbortSignal.timeout(NAMES_WITHIN_MS);
    const berth = createBerthClient(await requireCredentials());
    const { items } = await berth.workspaces.list.query({ limit: 500 }, { signal });
    return items.map(({ name }) => name);
  } catch {
    return [];
  }
}
