import { Command } from "commander";
import { addCommands } from "./commands/commands.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCopy } from "./commands/copy.ts";
import { addDelete } from "./commands/delete.ts";
import { addEvents } from "./commands/events.ts";
import { addExec } from "./commands/exec.ts";
import { addLogs } from "./commands/logs.ts";
import { addMcp } from "./commands/mcp.ts";
import { addPorts } from "./commands/ports.ts";
import { addSaved } from "./commands/saved.ts";
import { addShell } from "./commands/shell.ts";
import { addSignIn } from "./commands/sign-in.ts";
import { addTokens } from "./commands/tokens.ts";
import { addVerbs } from "./commands/verbs.ts";
import { addWorkspaces } from "./commands/workspaces.ts";
import { examples } from "./examples.ts";
import { EXIT } from "./exit-codes.ts";
import { VERSION } from "./version.ts";

const HELP = "Run it with --help to see how it is used.";
/** Of a wrong command line, which is not parsed to its end. */
const asksForJson = (): boolean => process.argv.includes("--json");

export function createProgram(): Command {
  const program = new Command("berth")
    .description("Work with the workspaces of a Berth, here or elsewhere.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "Prints the help of a command.")
    // `berth exec first ls -l`: -l belongs to ls.
    .enablePositionalOptions()
    .showHelpAfterError(HELP)
    .showSuggestionAfterError()
    .configureOutput({
      writeErr: (text) => {
        if (!asksForJson()) process.stderr.write(text);
      },
      outputError: (text, write) => {
        if (!asksForJson()) return write(text);
        const message = text.replace(/^error: /, "").trim();
        process.stderr.write(
          `${JSON.stringify({ error: { code: "usage", message, next: HELP, exitCode: EXIT.usage } })}\n`,
        );
      },
    })
    .exitOverride();
  examples(program, [
    "berth login --url https://berth.example.com",
    "berth create first",
    "berth cp report.py first:report.py",
    "berth exec first python3 report.py",
    "berth rm first --erase",
  ]);
  program.addHelpText(
    "after",
    "\nNames and ids are accepted for a workspace. BERTH_URL and BERTH_TOKEN win over berth login.",
  );
  addSignIn(program);
  addWorkspaces(program);
  addVerbs(program);
  addDelete(program);
  addExec(program);
  addCopy(program);
  addShell(program);
  addLogs(program);
  addCommands(program);
  addPorts(program);
  addSaved(program);
  addTokens(program);
  addEvents(program);
  addMcp(program);
  addCompletion(program);
  return program;
}
