import { type CommandEnd, type CommandOutputPart, DomainError } from "@berth/domain";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { type CommandBytes, commandBytes } from "./command.ts";
import type { BerthClientOptions } from "./index.ts";
import { problemIn } from "./problem-in.ts";
import { requestHeaders } from "./request-headers.ts";

export type FollowMessage = { output: CommandBytes } | { exit: CommandEnd };

export interface FollowCommandOptions extends BerthClientOptions {
  workspaceId: string;
  commandId: string;
  /** The bytes that you already have. */
  afterStdout?: number;
  afterStderr?: number;
  /** Stops following. The command goes on. */
  signal?: AbortSignal;
  /** Called once the server sends the output, e.g. to write the first input then. */
  onAttached?(): void;
  /** How long to retry a broken connection. Default: 300. */
  giveUpAfterSeconds?: number;
}

const GIVE_UP_SECONDS = 300;
/** The server sends something every 10 seconds. */
const SILENT_MS_MAX = 25_000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;

/**
 * Yields the output of a started command as it comes, and at last its end. A broken connection continues at the same byte.
 * A caller that reads slowly slows the command down.
 *
 * @throws DomainError with the problem of the server, or `backend_unavailable` when the connection stays broken
 */
export async function* followCommand(options: FollowCommandOptions): AsyncGenerator<FollowMessage> {
  const { url, signal, afterStdout = 0, afterStderr = 0, giveUpAfterSeconds = GIVE_UP_SECONDS } = options;
  const next = { stdout: afterStdout, stderr: afterStderr };
  let brokenAtMs: number | null = null;
  for (let failures = 0; ; failures += 1) {
    let error: unknown = null;
    try {
      for await (const message of readOnce(options, next)) {
        brokenAtMs = null;
        failures = 0;
        yield message;
        if ("exit" in message) return;
      }
    } catch (thrown) {
      error = thrown;
    }
    signal?.throwIfAborted();
    if (error instanceof DomainError && !error.problem.retryable) throw error;
    brokenAtMs ??= performance.now();
    if (performance.now() - brokenAtMs > giveUpAfterSeconds * 1000)
      throw connectionLost(url, giveUpAfterSeconds, error);
    await pause(Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX), signal);
  }
}

/** The messages of one connection. Updates `next`, so that another one continues after them. */
async function* readOnce(
  options: FollowCommandOptions,
  next: { stdout: number; stderr: number },
): AsyncGenerator<FollowMessage> {
  const { url, workspaceId, commandId: id, signal } = options;
  const input = JSON.stringify({ workspaceId, id, afterStdout: next.stdout, afterStderr: next.stderr });
  const address = new URL(`/trpc/commands.output?input=${encodeURIComponent(input)}`, url);
  const silent = new AbortController();
  const either = signal ? AbortSignal.any([signal, silent.signal]) : silent.signal;
  const response = await fetch(address, { headers: requestHeaders(options), signal: either });
  if (!response.ok) throw problemIn(await response.json().catch(() => null));
  for await (const { event, data } of eventsOf(response, silent)) {
    if (event === "connected") options.onAttached?.();
    if (event === "serialized-error") throw problemIn({ error: JSON.parse(data) });
    if (event !== undefined && event !== "message") continue;
    const part = JSON.parse(data) as CommandOutputPart | CommandEnd;
    if (!("stream" in part)) {
      yield { exit: part };
      continue;
    }
    const output = commandBytes(part);
    next[output.stream] = output.offset + output.bytes.length;
    yield { output };
  }
}

async function* eventsOf({ body }: Response, silent: AbortController): AsyncGenerator<EventSourceMessage> {
  if (!body) return;
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      // Only while waiting: a slow caller is no broken connection.
      const timer = setTimeout(() => silent.abort(new Error("The connection was silent.")), SILENT_MS_MAX);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* events.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const connectionLost = (url: string, seconds: number, cause: unknown): DomainError =>
  new DomainError(
    "backend_unavailable",
    `No connection to ${url} for ${seconds} seconds. The command may still be running: follow it again later.`,
    { cause },
  );

const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
