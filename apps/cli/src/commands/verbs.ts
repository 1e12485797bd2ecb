import type { Command } from "commander";
import { examples } from "../examples.ts";
import { findWorkspace } from "../find-workspace.ts";
import { waitFor } from "../operations.ts";
import { type JsonOption, once, openSession, withJson } from "../session.ts";
import { statusText } from "./workspaces.ts";

const VERBS = {
  restart: "Replaces the machine of a workspace. Its data stays.",
  pause: "Pauses the machine of a workspace, with what runs in it.",
  resume: "Resumes a paused workspace.",
  hibernate: "Removes the machine of a workspace until it is needed. Its data stays.",
  wake: "Starts a hibernated workspace.",
} as const;
type Verb = keyof typeof VERBS;

interface VerbOptions extends JsonOption {
  force?: boolean;
  wait: boolean;
}

export function addVerbs(program: Command): void {
  for (const [name, description] of Object.entries(VERBS)) {
    const command = program
      .command(name)
      .description(description)
      .argument("<workspace>", "a name or an id")
      .option("-f, --force", "also when that ends a start or a command that keeps it awake")
      .option("--no-wait", "return at once")
      .action((nameOrId: string, options: VerbOptions) => request(name as Verb, nameOrId, options));
    examples(withJson(command), [`berth ${name} first`, `berth ${name} first --no-wait --json`]);
  }
}

async function request(verb: Verb, nameOrId: string, options: VerbOptions): Promise<void> {
  const session = await openSession(options);
  const { berth, output } = session;
  const { id, name } = await findWorkspace(session, nameOrId);
  const started = await once((call) => berth.workspaces[verb].mutate({ id, force: options.force ?? false }, call));
  if (!options.wait) {
    output.result(started, `Requested the ${verb} of "${name}". See it with: berth info ${id}`);
    return;
  }
  const operation = await waitFor(session, started, name);
  const workspace = await berth.workspaces.get.query({ id });
  output.result({ workspace, operation }, `"${name}" is ${statusText(output, workspace)}.`);
}
