import type { TerminalStream } from "@berth/backends/tunnel";
import { type Actor, DomainError, PROBLEM_STATUS, type TerminalNotice, terminalCommand } from "@berth/domain";
import { problemOfUnexpected } from "@berth/routers";
import { attachTerminal, type Deps, isTokenLive } from "@berth/services";
import type { RawData, WebSocket } from "ws";

export interface TerminalSocketOptions {
  deps: Deps;
  actor: Actor;
  at: { workspaceId: string; terminalId: string; after: number | null; acknowledge: boolean };
  stopping: AbortSignal;
}

const PROBLEM_CLOSE_BASE = 4000;
const NORMAL = 1000;
const SERVICE_RESTART = 1012;
const CHECK_EVERY_MS = 20_000;
const MISSED_PONGS_MAX = 3;
const CLOSE_TIMEOUT_MS = 1_000;

/** Connects a WebSocket to a terminal until the shell ends, either side disconnects, or the token is revoked. */
export function runTerminal(webSocket: WebSocket, options: TerminalSocketOptions): void {
  const gone = new AbortController();
  const stop = () => {
    end(webSocket, SERVICE_RESTART);
    const timer = setTimeout(() => webSocket.terminate(), CLOSE_TIMEOUT_MS);
    webSocket.once("close", () => clearTimeout(timer));
  };
  webSocket.on("error", () => {});
  webSocket.once("close", () => {
    gone.abort();
    options.stopping.removeEventListener("abort", stop);
  });
  options.stopping.addEventListener("abort", stop, { once: true });
  monitor(webSocket, options, gone.signal);
  run(webSocket, options, gone.signal).catch((error: unknown) => fail(webSocket, options, error));
}

async function run(webSocket: WebSocket, options: TerminalSocketOptions, gone: AbortSignal): Promise<void> {
  const { deps, actor, at } = options;
  // Pauses the connection so that early messages wait until the listener exists.
  webSocket.pause();
  const stream = await attachTerminal(deps, actor, at, gone);
  await notify(webSocket, { type: "attached", offset: stream.offset });
  webSocket.on("message", (data, isBinary) => {
    receive(webSocket, stream, { data, isBinary, acknowledges: at.acknowledge }).catch((error: unknown) =>
      fail(webSocket, options, error),
    );
  });
  webSocket.resume();
  for await (const output of stream.output) {
    if ("exitCode" in output) {
      await notify(webSocket, { type: "exited", exitCode: output.exitCode });
      return end(webSocket, NORMAL);
    }
    // Awaited for backpressure: a browser that does not read slows down the daemon and the shell.
    await send(webSocket, output.chunk);
    if (!at.acknowledge) stream.received(output.offset);
  }
}

interface Message {
  data: RawData;
  isBinary: boolean;
  acknowledges: boolean;
}

async function receive(webSocket: WebSocket, stream: TerminalStream, message: Message): Promise<void> {
  if (message.isBinary) {
    webSocket.pause();
    await stream.write(bytesOf(message.data));
    if (webSocket.readyState === webSocket.OPEN) webSocket.resume();
    return;
  }
  const command = terminalCommand.safeParse(parsed(bytesOf(message.data).toString("utf8")));
  if (!command.success) {
    const message =
      'Text is {"type":"resize","columns":80,"rows":24} or {"type":"received","offset":0}; send input as binary.';
    throw new DomainError("invalid_input", message);
  }
  if (command.data.type === "resize") stream.resize(command.data);
  else if (message.acknowledges) stream.received(command.data.offset);
}

const bytesOf = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A dead connection or a revoked token ends the attachment but not the terminal. */
function monitor(webSocket: WebSocket, options: TerminalSocketOptions, gone: AbortSignal): void {
  let unanswered = 0;
  webSocket.on("pong", () => {
    unanswered = 0;
  });
  const timer = setInterval(() => {
    unanswered += 1;
    if (unanswered > MISSED_PONGS_MAX) webSocket.terminate();
    else webSocket.ping();
    isTokenLive(options.deps, options.actor).then(
      (admitted) => {
        if (!admitted) fail(webSocket, options, new DomainError("unauthenticated", "This token was revoked."));
      },
      // The database is unavailable. The next check retries.
      () => {},
    );
  }, CHECK_EVERY_MS);
  timer.unref();
  gone.addEventListener("abort", () => clearInterval(timer), { once: true });
}

function fail(webSocket: WebSocket, { deps }: TerminalSocketOptions, error: unknown): void {
  if (webSocket.readyState !== webSocket.OPEN) return;
  if (!(error instanceof DomainError)) {
    deps.log("error", { msg: "terminal failed", error: error instanceof Error ? error.stack : String(error) });
  }
  const problem = error instanceof DomainError ? error.problem : problemOfUnexpected(error);
  notify(webSocket, { type: "problem", problem }).catch(() => {});
  end(webSocket, PROBLEM_CLOSE_BASE + PROBLEM_STATUS[problem.code]);
}

/** Closes after all queued messages, so slow readers still get them. `ws` cuts a peer that does not respond. */
function end(webSocket: WebSocket, code: number): void {
  webSocket.close(code);
  webSocket.resume();
}

const notify = (webSocket: WebSocket, notice: TerminalNotice): Promise<void> => send(webSocket, JSON.stringify(notice));

/** Resolves when the connection has accepted the message. */
function send(webSocket: WebSocket, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    webSocket.send(data, (error) => (error ? reject(new Disconnected()) : resolve()));
  });
}

/** The client has disconnected and cannot receive an error. */
class Disconnected extends Error {}
