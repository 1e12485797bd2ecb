import { setTimeout as pause } from "node:timers/promises";
import { problemFrom } from "@berth/client";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { findWorkspace } from "../find-workspace.ts";
import { continuation } from "../log-continuation.ts";
import { type JsonOption, openSession, type Session, withJson } from "../session.ts";
import { numberOf } from "./workspaces.ts";

interface LogsOptions extends JsonOption {
  follow?: boolean;
  boot?: boolean;
  tail: number;
}

const POLL_MS = 1000;

export function addLogs(program: Command): void {
  const command = program
    .command("logs")
    .description("Prints what a workspace's program has printed.")
    .argument("<workspace>", "a name or an id")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("--boot", "the log of its machine's start instead")
    .option("--tail <bytes>", "how much of the end", numberOf, 65_536)
    .action(logs);
  examples(withJson(command, "print one JSON value; with --follow lines of JSON"), [
    "berth logs first",
    "berth logs -f first",
    "berth logs --boot first",
  ]);
}

async function logs(nameOrId: string, options: LogsOptions): Promise<void> {
  const session = await openSession(options);
  const { id } = await findWorkspace(session, nameOrId);
  const { boot, tail: tailBytes } = options;
  const read = () =>
    boot
      ? session.berth.workspaces.bootLog.query({ id, tailBytes })
      : session.berth.workspaces.agentLog.query({ id, tailBytes });
  if (options.follow) return follow(session, read);
  const { text, truncated } = await read();
  if (session.output.isJson) session.output.result({ text, truncated }, "");
  else process.stdout.write(text);
}

/** The API has no stream of the log: ask for its end, and print what is new in it. */
async function follow({ output }: Session, read: () => Promise<{ text: string }>): Promise<void> {
  let before: string | null = null;
  let isWaiting = false;
  for (;;) {
    try {
      const { text } = await read();
      const { fresh, hasGap } = before === null ? { fresh: text, hasGap: false } : continuation(before, text);
      if (hasGap)
        output.note("berth: a part of the log was printed faster than it could be read, or is of an earlier start.");
      if (fresh !== "" && output.isJson) output.item({ text: fresh }, "");
      else process.stdout.write(fresh);
      before = text;
      isWaiting = false;
    } catch (error) {
      const problem = problemFrom(error);
      // Before the first response, it may be a wrong address.
      const isPassing = problem ? problem.code === "workspace_not_running" || problem.retryable : before !== null;
      if (!isPassing) throw error;
      if (!isWaiting) output.note(`berth: waiting: ${problem?.message ?? "the connection to Berth is broken."}`);
      isWaiting = true;
    }
    await pause(POLL_MS);
  }
}
