import { createHash, randomUUID } from "node:crypto";
import type { DaemonSession } from "@berth/backends/tunnel";
import { type CommandRow, deleteCommand, findCommand, insertCommand, inTransaction } from "@berth/db";
import {
  type Actor,
  commandStarted,
  DAEMON_ROUTES,
  DomainError,
  type RunCommandInput,
  type StartCommandRequest,
  shortCommand,
} from "@berth/domain";
import { hashOfRequest } from "../access/idempotency.ts";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";
import { decodeInput, requireFits } from "./input.ts";
import { recordLost } from "./record-ends.ts";

export interface Launch {
  /** The procedure or route, which identifies a retry together with the key and the input. */
  action: string;
  input: Omit<RunCommandInput, "encoding" | "timeoutSeconds"> & { timeoutSeconds?: number | undefined };
  /** Null: every request is another command. */
  key: string | null;
  /** It outlives its caller. */
  detached: boolean;
  keepAwake: boolean;
  /** False: standard input stays open. */
  endStdin: boolean;
  /** A caller reads the output from the first byte. */
  awaitsReader: boolean;
}

export interface Launched {
  row: CommandRow;
  /** The connection to the workspace, which may have been replaced since the command was started. */
  session: DaemonSession;
}

/**
 * Starts a command in the workspace's instance and stores its row. Wakes a hibernated workspace. A retry with the same key
 * gets the command of the first attempt, whatever became of it.
 */
export async function launchCommand(deps: Deps, actor: Actor, launch: Launch, signal: AbortSignal): Promise<Launched> {
  const { workspaceId } = launch.input;
  const request = requestOf(launch);
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: true, signal });
  const id = launch.key === null ? randomUUID() : await idOfKey(deps, actor, launch, launch.key);
  const stored = insertCommand(deps.db, rowOf(actor, launch, session, id));
  const start = () => startOnDaemon(deps, { session, request: { ...request, id }, stored, signal });
  if (launch.key === null && !launch.detached) {
    // Nobody else can know this command yet, so its row and its start need not wait for each other.
    const [{ row }] = await Promise.all([stored, start()]);
    return { row, session };
  }
  const { row, isNew } = await stored;
  if (!isNew && row.endedAt !== null) return { row, session };
  if (row.incarnationId !== session.incarnationId) return { row: await loseEarlier(deps, row), session };
  await start();
  if (isNew && launch.detached) await inTransaction(deps.db, async (tx) => tx.emit(commandStarted(row, actor.id)));
  return { row, session };
}

const rowOf = (actor: Actor, { input, detached, keepAwake }: Launch, session: DaemonSession, id: string) => ({
  ...{ id, detached, keepAwake },
  orgId: actor.orgId,
  workspaceId: input.workspaceId,
  incarnationId: session.incarnationId,
  command: shortCommand(input.command),
  cwd: input.cwd,
});

function requestOf({ input, endStdin, awaitsReader }: Launch): Omit<StartCommandRequest, "id"> {
  const { command, cwd, env, stdin = "", stdinEncoding, timeoutSeconds, outputLimitBytes } = input;
  requireFits(command, env);
  return {
    ...{ command, cwd, env, endStdin, awaitsReader, keepBytes: outputLimitBytes },
    stdin: decodeInput("stdin", stdin, stdinEncoding).toString("base64"),
    timeoutSeconds: timeoutSeconds ?? null,
  };
}

/** How long a retry may come after the first attempt. A key that is used again later names another command. */
const RETRY_WITHIN_MS = 12 * 3_600_000;

/**
 * The same id for the same request. Either the first attempt started this command or a retry does,
 * but not both.
 */
async function idOfKey(deps: Deps, actor: Actor, { action, input }: Launch, key: string): Promise<string> {
  const { orgId, id: actorId } = actor;
  for (let use = 0; ; use += 1) {
    const id = uuidOf(JSON.stringify([orgId, actorId, key, hashOfRequest(action, input), use]));
    const row = await findCommand(deps.db, { workspaceId: input.workspaceId, id });
    if (!row || Date.now() - row.createdAt.getTime() < RETRY_WITHIN_MS) return id;
  }
}

/** A UUID of version 8, made from a hash (RFC 9562). */
export function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

interface Start {
  stored: Promise<unknown>;
  session: DaemonSession;
  request: StartCommandRequest;
  signal: AbortSignal;
}

async function startOnDaemon(deps: Deps, { session, request, stored, signal }: Start): Promise<void> {
  try {
    await session.json({ method: "POST", route: DAEMON_ROUTES.commands, signal }, request);
  } catch (error) {
    // Without a response it may have started: keep its row, and let the loop find out.
    if (!(error instanceof DomainError) || UNANSWERED.has(error.problem.code)) throw error;
    await stored;
    await deleteCommand(deps.db, request.id);
    throw error.problem.code === "not_found" ? tooOld() : error;
  }
}

const UNANSWERED: ReadonlySet<string> = new Set(["workspace_not_running", "backend_unavailable"]);

const tooOld = (): DomainError =>
  new DomainError(
    "workspace_not_running",
    "This workspace was started by an earlier version of Berth, which has no commands. Restart the workspace.",
  );

/** The first attempt may have started it on a machine that went away since. */
async function loseEarlier(deps: Deps, row: CommandRow): Promise<CommandRow> {
  await recordLost(deps, row.id);
  return (await findCommand(deps.db, row)) ?? row;
}
