import { type Command, Option } from "commander";
import { candidatesFor } from "../completion/candidates.ts";
import { SCRIPTS, type ShellName } from "../completion/scripts.ts";
import { examples } from "../examples.ts";
import { type JsonOption, openOutput, withJson } from "../session.ts";

const SHELLS = Object.keys(SCRIPTS) as ShellName[];

export function addCompletion(program: Command): void {
  const command = program
    .command("completion")
    .description("Prints a script that completes commands, options and names of workspaces.")
    .argument("<shell>", `${SHELLS.join(", ")}`)
    .action((shell: string, options: JsonOption) => {
      const output = openOutput(options);
      if (!isShell(shell))
        return command.error(`error: "${shell}" is not one of: ${SHELLS.join(", ")}`, { exitCode: 2 });
      output.result({ shell, script: SCRIPTS[shell] }, SCRIPTS[shell]);
    });
  examples(withJson(command), [
    "source <(berth completion bash)              # in ~/.bashrc",
    "source <(berth completion zsh)               # in ~/.zshrc",
    "berth completion fish | source               # in ~/.config/fish/config.fish",
  ]);

  // What the scripts call. The words are those before the cursor, the last one unfinished.
  program
    .command("complete-words", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .allowUnknownOption()
    .addOption(new Option("--json").hideHelp())
    .action(async (words: string[]) => {
      const plain = words[0] === "--" ? words.slice(1) : words;
      const candidates = await candidatesFor(program, plain);
      process.stdout.write(candidates.map((each) => `${each}\n`).join(""));
    });
}

const isShell = (text: string): text is ShellName => (SHELLS as string[]).includes(text);
