import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { type CommandBytes, followCommand, problemFrom } from "@berth/client";
import type { CommandEnd, CommandSignal } from "@berth/domain";
import { EXIT } from "./exit-codes.ts";
import { toFailure } from "./failure.ts";
import type { Output } from "./output.ts";
import { current, once, type Session } from "./session.ts";

export interface FollowedCommand {
  workspaceId: string;
  commandId: string;
  /** Pass standard input and signals on. False: Ctrl-C only stops following. */
  isForeground: boolean;
  passesInput: boolean;
  /** When set, ends by a signal after this time count as timed out. */
  timeoutSeconds?: number | undefined;
  /** Stop at these offsets instead of at the end of the command. */
  until?: { stdout: number; stderr: number };
}

/** Prints the output of a command as it comes. @returns its exit code, as a shell would report it */
export async function followToEnd(session: Session, followed: FollowedCommand): Promise<number> {
  const { workspaceId, commandId, isForeground, passesInput, until } = followed;
  const { url, token, orgId, output } = session;
  const stopSignals = isForeground ? forwardSignals(session, followed) : leaveOnInterrupt(output, followed);
  const printer = new OutputPrinter(output);
  if (isForeground) current.onReaderGone = () => endUnread(session, followed);
  const onAttached = onFirstCall(() => {
    if (passesInput) void sendInput(session, followed);
  });
  try {
    if (until && printer.hasReached(until)) return EXIT.ok;
    for await (const message of followCommand({ url, token, orgId, workspaceId, commandId, onAttached })) {
      if ("exit" in message) return await reportEnd(session, followed, message.exit);
      await printer.print(message.output);
      if (until && printer.hasReached(until)) return EXIT.ok;
    }
    return EXIT.execFailed;
  } finally {
    stopSignals();
  }
}

const onFirstCall = (call: () => void): (() => void) => {
  let wasCalled = false;
  return () => {
    if (wasCalled) return;
    wasCalled = true;
    call();
  };
};

async function reportEnd(session: Session, followed: FollowedCommand, end: CommandEnd): Promise<number> {
  const timedOut = end.signal !== null && (await hasTimedOut(session, followed));
  if (session.output.isJson) session.output.item({ exit: { ...end, timedOut } }, "");
  if (timedOut) {
    session.output.note(`berth: the command was ended after its time limit of ${followed.timeoutSeconds} s.`);
    return EXIT.timedOut;
  }
  return end.exitCode ?? 128 + numberOfSignal(end.signal);
}

async function hasTimedOut({ berth }: Session, { workspaceId, commandId, timeoutSeconds }: FollowedCommand) {
  if (timeoutSeconds === undefined) return false;
  const { startedAt, endedAt } = await berth.commands.get.query({ workspaceId, id: commandId });
  return endedAt !== null && Date.parse(endedAt) - Date.parse(startedAt) >= timeoutSeconds * 1000 - 100;
}

/** What reads our output has gone, e.g. `berth exec first yes | head -1`. */
async function endUnread({ berth }: Session, { workspaceId, commandId: id }: FollowedCommand): Promise<number> {
  await berth.commands.signal.mutate({ workspaceId, id, signal: "SIGTERM" }).catch(() => {});
  return 128 + constants.signals.SIGPIPE;
}

const numberOfSignal = (name: string | null): number =>
  (constants.signals as Record<string, number | undefined>)[name ?? ""] ?? 0;

/** Writes both streams of a command to the same streams here, as fast as they are read. */
class OutputPrinter {
  readonly #output: Output;
  readonly #next = { stdout: 0, stderr: 0 };

  constructor(output: Output) {
    this.#output = output;
  }

  hasReached(until: { stdout: number; stderr: number }): boolean {
    return this.#next.stdout >= until.stdout && this.#next.stderr >= until.stderr;
  }

  async print({ stream, offset, bytes }: CommandBytes): Promise<void> {
    const dropped = offset - this.#next[stream];
    if (dropped > 0) this.#output.note(`berth: ${dropped} bytes of ${stream} are no longer kept.`);
    this.#next[stream] = offset + bytes.length;
    await write(
      this.#output.isJson ? process.stdout : process[stream],
      this.#output.isJson ? `${JSON.stringify({ stream, offset, ...encoded(bytes) })}\n` : bytes,
    );
  }
}

/** Bytes as JSON: text where possible, else base64. */
export function encoded(bytes: Uint8Array): { data: string; encoding: "utf8" | "base64" } {
  try {
    return { data: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), encoding: "utf8" };
  } catch {
    return { data: Buffer.from(bytes).toString("base64"), encoding: "base64" };
  }
}

/** Resolves when the stream has room again. */
export const write = (stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (stream.write(data)) resolve();
    else stream.once("drain", resolve);
  });

const INPUT_BYTES_MAX = 512 * 1024;

/** Passes standard input on until it or the command ends. */
async function sendInput(session: Session, place: FollowedCommand): Promise<void> {
  const batch = new InputBatch((bytes) =>
    sendPart(session, place, { data: bytes.toString("base64"), encoding: "base64" }),
  );
  try {
    for await (const chunk of process.stdin) await batch.add(Buffer.from(chunk as Uint8Array));
    await batch.end();
    await sendPart(session, place, { end: true });
  } catch (error) {
    // A command may end before it has read its input.
    if (problemFrom(error)?.code === "invalid_input" || process.stdin.destroyed) return;
    const { message } = toFailure(error, session);
    session.output.note(`berth: the input could not be passed on: ${message}`);
  }
}

/** Sends input at once, and joins what arrives while a request is under way. */
class InputBatch {
  readonly #send: (bytes: Buffer) => Promise<unknown>;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sending: Promise<void> | null = null;

  constructor(send: (bytes: Buffer) => Promise<unknown>) {
    this.#send = send;
  }

  /** Resolves when there is room for more. */
  async add(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#sending ??= this.#sendAll();
    // Its rejection is reported by `end`, or here.
    this.#sending.catch(() => {});
    if (this.#waitingBytes >= INPUT_BYTES_MAX) await this.#sending;
  }

  async end(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waitingBytes > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
      for (let at = 0; at < bytes.length; at += INPUT_BYTES_MAX) {
        await this.#send(bytes.subarray(at, at + INPUT_BYTES_MAX));
      }
    }
    this.#sending = null;
  }
}

async function sendPart(
  { berth }: Session,
  { workspaceId, commandId: id }: FollowedCommand,
  part: { data?: string; encoding?: "base64"; end?: boolean },
): Promise<void> {
  await once(async (call) => {
    for (;;) {
      try {
        return await berth.commands.write.mutate({ workspaceId, id, ...part }, call);
      } catch (error) {
        // The command reads slowly, or the connection to its workspace is interrupted.
        if (!problemFrom(error)?.retryable) throw error;
        await pause(200);
      }
    }
  });
}

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const satisfies readonly CommandSignal[];

/** Sends signals on. A second Ctrl-C ends the command, a third one leaves it. */
function forwardSignals({ berth, output, url }: Session, { workspaceId, commandId: id }: FollowedCommand): () => void {
  let interrupts = 0;
  const forward = (name: NodeJS.Signals) => {
    if (name === "SIGINT") interrupts += 1;
    if (interrupts > 2) {
      output.note(`berth: the command may still be running. Stop it with: berth commands stop ${workspaceId} ${id}`);
      process.exit(EXIT.interrupted);
    }
    const signal = name === "SIGINT" && interrupts === 2 ? "SIGTERM" : (name as CommandSignal);
    berth.commands.signal.mutate({ workspaceId, id, signal }).catch((error: unknown) => {
      output.note(`berth: ${signal} could not be sent: ${toFailure(error, { url }).message}`);
    });
  };
  for (const name of FORWARDED) process.on(name, forward);
  return () => {
    for (const name of FORWARDED) process.off(name, forward);
  };
}

function leaveOnInterrupt(output: Output, { workspaceId, commandId }: FollowedCommand): () => void {
  const leave = () => {
    output.note(`berth: the command goes on. Stop it with: berth commands stop ${workspaceId} ${commandId}`);
    process.exit(EXIT.interrupted);
  };
  process.once("SIGINT", leave);
  return () => void process.off("SIGINT", leave);
}
