import {
  COMMAND_SIGNALS,
  COMMAND_STATES,
  type CommandSignal,
  type CommandState,
  type Command as Run,
} from "@berth/domain";
import { type Command, Option } from "commander";
import { examples } from "../examples.ts";
import { EXIT } from "../exit-codes.ts";
import { findWorkspace } from "../find-workspace.ts";
import { ageText } from "../output.ts";
import { followToEnd } from "../run-command.ts";
import { current, type JsonOption, openSession, withJson } from "../session.ts";
import { numberOf } from "./workspaces.ts";

interface ListOptions extends JsonOption {
  state?: CommandState;
  limit: number;
}

export function addCommands(program: Command): void {
  const group = program.command("commands").description("Lists, follows and stops commands of a workspace.");
  const ls = group
    .command("list")
    .alias("ls")
    .description("Lists running commands, and those that ended within a day.")
    .argument("<workspace>", "a name or an id")
    .addOption(new Option("--state <state>", "only this state").choices(COMMAND_STATES))
    .option("--limit <count>", "how many at most", numberOf, 100)
    .action(list);
  examples(withJson(ls, "print an array of commands"), ["berth commands list first --state running"]);

  const out = group
    .command("output")
    .description("Prints the output of a command until it ends, and exits with its exit code. Ctrl-C stops nothing.")
    .argument("<workspace>", "a name or an id")
    .argument("<command>", "its id")
    .option("--no-follow", "print what there is, and return")
    .action(showOutput);
  examples(withJson(out, "print the output as lines of JSON"), ["berth commands output first <command id>"]);

  const attach = group
    .command("attach")
    .description("Continues a command as exec runs it: with its output, standard input and signals.")
    .argument("<workspace>", "a name or an id")
    .argument("<command>", "its id")
    .option("--no-stdin", "pass no standard input on")
    .action(reattach);
  examples(withJson(attach, "print the output as lines of JSON"), ["berth commands attach first <command id>"]);

  const stop = group
    .command("stop")
    .description("Sends a signal to a command. SIGTERM also ends what ignores it, after five seconds.")
    .argument("<workspace>", "a name or an id")
    .argument("<command>", "its id")
    .addOption(new Option("--signal <signal>", "another signal").choices(COMMAND_SIGNALS).default("SIGTERM"))
    .action(signalCommand);
  examples(withJson(stop), [
    "berth commands stop first <command id>",
    "berth commands stop first <command id> --signal SIGINT",
  ]);
}

const commandText = ({ command }: Run): string =>
  (typeof command === "string" ? command : command.join(" ")).slice(0, 60);

const endText = ({ state, exitCode, signal }: Run): string => {
  if (state !== "exited") return state;
  return signal === null ? `exited ${exitCode}` : `ended by ${signal}`;
};

async function list(nameOrId: string, { state, limit, ...options }: ListOptions): Promise<void> {
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const { items } = await session.berth.commands.list.query({ workspaceId, limit, ...(state ? { state } : {}) });
  const rows = items.map((each) => [each.id, endText(each), ageText(each.startedAt), commandText(each)]);
  const text = session.output.table(["ID", "STATE", "STARTED", "COMMAND"], rows);
  session.output.result(items, items.length === 0 ? "No commands." : text);
}

async function showOutput(nameOrId: string, commandId: string, options: JsonOption & { follow: boolean }) {
  current.mapFailure = () => EXIT.execFailed;
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const followed = { workspaceId, commandId, isForeground: false, passesInput: false };
  if (options.follow) {
    process.exitCode = await followToEnd(session, followed);
    return;
  }
  const { stdoutBytes, stderrBytes } = await session.berth.commands.get.query({ workspaceId, id: commandId });
  await followToEnd(session, { ...followed, until: { stdout: stdoutBytes, stderr: stderrBytes } });
}

async function reattach(nameOrId: string, commandId: string, options: JsonOption & { stdin: boolean }): Promise<void> {
  current.mapFailure = () => EXIT.execFailed;
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const followed = { workspaceId, commandId, isForeground: true, passesInput: options.stdin };
  process.exitCode = await followToEnd(session, followed);
}

async function signalCommand(nameOrId: string, id: string, options: JsonOption & { signal: CommandSignal }) {
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const { signal } = options;
  const command = await session.berth.commands.signal.mutate({ workspaceId, id, signal });
  session.output.result(command, `Sent ${signal} to ${id}, which is ${endText(command)}.`);
}
