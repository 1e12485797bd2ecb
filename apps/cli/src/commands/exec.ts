import { LIMITS } from "@berth/domain";
import { type Command, InvalidArgumentError } from "commander";
import { examples } from "../examples.ts";
import { EXIT } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { findWorkspace } from "../find-workspace.ts";
import { followToEnd } from "../run-command.ts";
import { current, type JsonOption, once, openSession, withJson } from "../session.ts";
import { numberOf } from "./workspaces.ts";

interface ExecOptions extends JsonOption {
  cwd?: string;
  env: Record<string, string>;
  timeout?: number;
  detach?: boolean;
  keepAwake?: boolean;
  shell?: boolean;
  stdin: boolean;
}

const variable = (text: string, all: Record<string, string>): Record<string, string> => {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("A variable looks like NAME=value.");
  return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
};

export function addExec(program: Command): void {
  const command = program
    .command("exec")
    .summary("Runs a command in a workspace.")
    .description(
      "Runs a command in a workspace, with its output, standard input, signals and exit code passed through. A hibernated workspace wakes.",
    )
    .argument("<workspace>", "a name or an id")
    .argument("<command...>", "the program and its arguments, executed directly")
    .passThroughOptions()
    .option("--shell", "give the arguments, joined by spaces, to the workspace's shell")
    .option("--cwd <path>", "the directory, absolute or below /workspace")
    .option("-e, --env <NAME=value>", "set a variable; repeat it for more", variable, {})
    .option("--timeout <seconds>", "end the command after this time, with exit code 124", numberOf)
    .option("-d, --detach", "print the command's id and return; it goes on without you")
    .option("--keep-awake", "with --detach: no hibernate while it runs")
    .option("--no-stdin", "pass no standard input on")
    .action(exec);
  examples(withJson(command, "print the output as lines of JSON"), [
    "berth exec first uname -a",
    "berth exec first --shell 'ls | wc -l'",
    "berth exec first tar xz < archive.tar.gz",
    "berth exec --detach first python3 server.py",
    "berth commands attach first <command id>",
  ]);
}

async function exec(nameOrId: string, words: string[], options: ExecOptions): Promise<void> {
  current.mapFailure = () => EXIT.execFailed;
  const session = await openSession(options);
  const { berth, output } = session;
  const args = words[0] === "--" ? words.slice(1) : words;
  if (args.length === 0) throw usage("Name the command to run.", "berth exec <workspace> <command…>");
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const { cwd, env, timeout: timeoutSeconds, detach = false, keepAwake = false } = options;
  const passesInput = options.stdin && !detach;
  const input = {
    workspaceId,
    command: options.shell ? args.join(" ") : args,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    outputLimitBytes: detach ? LIMITS.commandOutputBytesDefault : LIMITS.commandOutputBytesMax,
    keepAwake,
    awaitsReader: !detach,
  };
  const started = await once((call) => berth.commands.start.mutate(input, call));
  const place = { workspaceId, id: started.id };
  if (!passesInput) await berth.commands.write.mutate({ ...place, end: true }).catch(() => {});
  if (detach) {
    output.result(started, started.id);
    output.note(`Follow it with: berth commands output ${nameOrId} ${started.id}`);
    return;
  }
  if (output.isJson) output.item({ started }, "");
  process.exitCode = await followToEnd(session, {
    ...{ workspaceId, commandId: started.id, isForeground: true, passesInput, timeoutSeconds },
  });
}
