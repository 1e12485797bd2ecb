import { randomUUID } from "node:crypto";
import { type CommandRow, findCommand, findOwnedWorkspace, listCommandRows } from "@berth/db";
import {
  type Actor,
  type Command,
  type CommandEnd,
  type CommandOutputInput,
  type CommandOutputPart,
  type CommandPlaceInput,
  DAEMON_ROUTES,
  DomainError,
  type ListCommandsInput,
  notFound,
  type SignalCommandInput,
  type WriteCommandInput,
} from "@berth/domain";
import { hashOfRequest } from "../access/idempotency.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";
import { followCommand } from "./follow.ts";
import { decodeInput } from "./input.ts";
import { uuidOf } from "./launch.ts";
import { commandLost, presentCommand } from "./present.ts";
import { recordCommandEnds } from "./record-ends.ts";
import { TextParts } from "./text-parts.ts";

/** Does not start a stopped workspace. */
export async function getCommand(
  deps: Deps,
  actor: Actor,
  place: CommandPlaceInput,
  signal: AbortSignal,
): Promise<Command> {
  const found = await findOwned(deps, actor, place);
  if (found.endedAt !== null) return presentCommand(found);
  const running = await recordCommandEnds(deps, signal, place.workspaceId);
  return presentCommand((await findCommand(deps.db, place)) ?? found, running.get(place.id));
}

/** Running commands, and those that ended within a day. Newest first. Does not start a stopped workspace. */
export async function listCommands(deps: Deps, actor: Actor, input: ListCommandsInput, signal: AbortSignal) {
  const { workspaceId, state, limit, cursor } = input;
  if (!(await findOwnedWorkspace(deps.db, actor.orgId, workspaceId))) throw notFound("The workspace");
  const running = await recordCommandEnds(deps, signal, workspaceId);
  const before = decodeCursor(cursor);
  const rows = await listCommandRows(deps.db, { workspaceId, state, before, limit: limit + 1 });
  return toPage(
    rows,
    limit,
    (row) => row,
    (row) => presentCommand(row, running.get(row.id)),
  );
}

/** Writes to the command's standard input. A retry with the same key writes nothing again. */
export async function writeCommand(
  deps: Deps,
  actor: Actor,
  input: WriteCommandInput,
  signal: AbortSignal,
  key: string | null,
): Promise<Command> {
  const { workspaceId, id, data, encoding, end } = input;
  const bytes = decodeInput("data", data, encoding);
  const row = await findOwned(deps, actor, { workspaceId, id });
  if (row.endedAt !== null) throw hasEnded(row);
  const session = await daemonOfCommand(deps, actor, row, signal);
  const writeId =
    key === null
      ? randomUUID()
      : uuidOf(JSON.stringify([actor.orgId, actor.id, key, hashOfRequest("commands.write", input)]));
  const call = { method: "POST", route: DAEMON_ROUTES.writeCommand, signal } as const;
  return presentCommand(row, await session.json(call, { id, writeId, data: bytes.toString("base64"), end }));
}

/** Sends a signal to every process of the command. One that has ended is returned unchanged. */
export async function signalCommand(
  deps: Deps,
  actor: Actor,
  { workspaceId, id, signal: name }: SignalCommandInput,
  signal: AbortSignal,
): Promise<Command> {
  const place = { workspaceId, id };
  const row = await findOwned(deps, actor, place);
  if (row.endedAt !== null) return presentCommand(row);
  const session = await daemonOfCommand(deps, actor, row, signal);
  const call = { method: "POST", route: DAEMON_ROUTES.signalCommand, signal } as const;
  await session.json(call, { id, signal: name });
  return getCommand(deps, actor, place, signal);
}

/** A part of the output with the offsets after it, from which a client continues. */
export interface TrackedOutput {
  after: { stdout: number; stderr: number };
  message: CommandOutputPart | CommandEnd;
}

export async function* commandOutput(
  deps: Deps,
  actor: Actor,
  input: CommandOutputInput,
  signal: AbortSignal,
): AsyncGenerator<TrackedOutput> {
  const row = await findOwned(deps, actor, input);
  if (row.state === "lost") throw commandLost(row);
  const [afterStdout, afterStderr] = offsetsOf(input);
  const after = { stdout: afterStdout, stderr: afterStderr };
  const parts = { stdout: new TextParts("utf8"), stderr: new TextParts("utf8") };
  const tracked = (stream: CommandOutputPart["stream"], part: ReturnType<TextParts["end"]>[number]): TrackedOutput => {
    after[stream] = part.offset + Buffer.byteLength(part.data, part.encoding);
    return { after: { ...after }, message: { stream, ...part } };
  };
  const options = { afterStdout, afterStderr, atEnd: false };
  for await (const piece of followCommand(deps, actor, row, options, signal)) {
    if ("ended" in piece) {
      for (const stream of ["stdout", "stderr"] as const) {
        for (const part of parts[stream].end()) yield tracked(stream, part);
      }
      yield { after, message: { exitCode: piece.ended.exitCode, signal: piece.ended.signal } };
    } else {
      for (const part of parts[piece.stream].push(piece.offset, piece.bytes)) yield tracked(piece.stream, part);
    }
  }
}

function offsetsOf({ lastEventId, afterStdout, afterStderr }: CommandOutputInput): [number, number] {
  if (!lastEventId) return [afterStdout, afterStderr];
  const [stdout = 0, stderr = 0] = lastEventId.split("-").map(Number);
  return [stdout, stderr];
}

async function findOwned(deps: Deps, actor: Actor, place: CommandPlaceInput): Promise<CommandRow> {
  if (!(await findOwnedWorkspace(deps.db, actor.orgId, place.workspaceId))) throw notFound("The workspace");
  const row = await findCommand(deps.db, place);
  if (!row) throw notFound("The command");
  return row;
}

const hasEnded = (row: CommandRow): DomainError =>
  row.state === "lost"
    ? commandLost(row)
    : new DomainError("invalid_input", "The command has ended, so it reads no more input.", {
        details: { commandId: row.id, state: row.state },
      });

/** @throws DomainError `workspace_not_running` when the command's machine is not the workspace's any more */
async function daemonOfCommand(deps: Deps, actor: Actor, row: CommandRow, signal: AbortSignal) {
  const session = await runningDaemonOf(deps, actor, row.workspaceId, { wakes: false, signal });
  if (session.incarnationId === row.incarnationId) return session;
  await recordCommandEnds(deps, signal, row.workspaceId);
  throw commandLost(row);
}
