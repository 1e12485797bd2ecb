import { type AttachedTerminal, attachTerminal, type TerminalEnd } from "@berth/client";
import { DomainError } from "@berth/domain";
import type { Command } from "commander";
import { EscapeKeys } from "../escape-keys.ts";
import { examples } from "../examples.ts";
import { EXIT } from "../exit-codes.ts";
import { findWorkspace } from "../find-workspace.ts";
import { encoded, write } from "../run-command.ts";
import { current, type JsonOption, once, openSession, type Session, withJson } from "../session.ts";

interface ShellOptions extends JsonOption {
  terminal?: string;
}

export function addShell(program: Command): void {
  const command = program
    .command("shell")
    .summary("Opens a shell in a workspace.")
    .description(
      "Opens a shell in a workspace. It outlives a broken connection. Enter ~ . leaves it running; --terminal returns to it.",
    )
    .argument("<workspace>", "a name or an id")
    .option("--terminal <id>", "return to a shell that runs")
    .action(shell);
  examples(withJson(command, "print the output as lines of JSON"), [
    "berth shell first",
    "berth shell first --terminal <terminal id>",
    "echo 'ls; exit' | berth shell first",
  ]);
}

const sizeOf = ({ columns = 80, rows = 24 }: Partial<NodeJS.WriteStream>) => ({ columns, rows });

async function shell(nameOrId: string, { terminal, ...options }: ShellOptions): Promise<void> {
  current.mapFailure = () => EXIT.execFailed;
  const session = await openSession(options);
  const { id: workspaceId } = await findWorkspace(session, nameOrId);
  const input = { workspaceId, ...sizeOf(process.stdout) };
  const terminalId = terminal ?? (await once((call) => session.berth.terminals.create.mutate(input, call))).id;
  const end = await attach(session, { workspaceId, terminalId });
  if (end.reason === "problem") throw DomainError.fromProblem(end.problem);
  if (end.reason === "exited") {
    if (session.output.isJson) session.output.item({ exit: { exitCode: end.exitCode } }, "");
    process.exitCode = end.exitCode;
    return;
  }
  session.output.note(`\nThe shell goes on. Return to it with: berth shell ${nameOrId} --terminal ${terminalId}`);
}

/** Connects this terminal with the other one until the shell ends or the person leaves. */
async function attach(session: Session, place: { workspaceId: string; terminalId: string }): Promise<TerminalEnd> {
  const { url, token, orgId, output } = session;
  const { promise: ended, resolve } = withResolvers<TerminalEnd>();
  const terminal = attachTerminal({
    ...{ url, token, orgId, ...place },
    onOutput: (bytes) => write(process.stdout, output.isJson ? `${JSON.stringify(encoded(bytes))}\n` : bytes),
    onGap: () => output.note("berth: a part of the output is no longer kept."),
    onEnd: resolve,
  });
  const release = connectInput(terminal);
  try {
    return await ended;
  } finally {
    release();
  }
}

const END_OF_INPUT = "\u0004";

function connectInput(terminal: AttachedTerminal): () => void {
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY === true;
  const resize = () => terminal.resize(sizeOf(stdout));
  const keys = new EscapeKeys();
  const decoder = new TextDecoder();
  if (isTerminal) {
    stdin.setRawMode(true);
    resize();
    stdout.on("resize", resize);
  }
  stdin.on("data", (chunk: Buffer) => {
    const text = decoder.decode(chunk, { stream: true });
    const { input, leaves } = isTerminal ? keys.read(text) : { input: text, leaves: false };
    if (input !== "") terminal.write(input);
    if (leaves) terminal.close();
  });
  stdin.on("end", () => terminal.write(END_OF_INPUT));
  return () => {
    stdout.off("resize", resize);
    if (isTerminal) stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
