import { isProblem, LIMITS, type Problem, type TerminalCommand, type TerminalNotice } from "@berth/domain";

export type LinkState =
  | { kind: "connecting" }
  | { kind: "connected" }
  /** The connection broke and is retried automatically. */
  | { kind: "lost" }
  /** The shell ended. The exit code is null when its end was not observed. */
  | { kind: "ended"; exitCode: number | null }
  /** The terminal is unavailable, with the reason. */
  | { kind: "refused"; problem: Problem };

interface LinkHandlers {
  /** The following output starts from scratch and does not continue the earlier output. */
  onRestart(): void;
  /** Call `done` once the bytes are on screen: only then is more requested. */
  onOutput(bytes: Uint8Array, done: () => void): void;
  onState(state: LinkState): void;
}

const RETRY_MILLISECONDS_MIN = 400;
const RETRY_MILLISECONDS_MAX = 10_000;
const PROBLEM_CLOSE_BASE = 4000;
const CLOSED_NORMALLY = 1000;
const NOT_FOUND = PROBLEM_CLOSE_BASE + 404;

/**
 * One terminal's WebSocket while it is viewed. It resumes a broken connection at the last byte, so output is neither lost
 * nor repeated. It stops when the shell has ended, and pauses while the server refuses.
 */
export class TerminalLink {
  readonly #address: string;
  readonly #handlers: LinkHandlers;
  #webSocket: WebSocket | null = null;
  /** The offset of the next byte; null before the first connection. */
  #offset: number | null = null;
  #shown = 0;
  #size: { columns: number; rows: number } | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** `address` is the terminal's path, `/terminal/<workspaceId>/<terminalId>`. */
  constructor(address: string, handlers: LinkHandlers) {
    this.#address = address;
    this.#handlers = handlers;
  }

  open(): void {
    if (this.#isClosed || this.#webSocket) return;
    this.#handlers.onState({ kind: "connecting" });
    const url = new URL(this.#address, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("acknowledge", "true");
    if (this.#offset !== null) url.searchParams.set("after", String(this.#offset));
    const webSocket = new WebSocket(url);
    webSocket.binaryType = "arraybuffer";
    let notice: TerminalNotice | null = null;
    webSocket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") {
        notice = JSON.parse(data) as TerminalNotice;
        if (notice.type === "attached") this.#attached(notice.offset);
      } else this.#output(new Uint8Array(data));
    };
    webSocket.onclose = ({ code }) => {
      if (this.#webSocket !== webSocket) return;
      this.#webSocket = null;
      this.#closed(code, notice);
    };
    this.#webSocket = webSocket;
  }

  /** Disconnects; the shell keeps running. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const webSocket = this.#webSocket;
    this.#webSocket = null;
    webSocket?.close();
  }

  type(input: Uint8Array): void {
    if (this.#webSocket?.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < input.length; at += LIMITS.terminalInputBytesMax)
      this.#webSocket.send(input.slice(at, at + LIMITS.terminalInputBytesMax));
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#send({ type: "resize", columns, rows });
  }

  #send(command: TerminalCommand): void {
    if (this.#webSocket?.readyState === WebSocket.OPEN) this.#webSocket.send(JSON.stringify(command));
  }

  #attached(offset: number): void {
    const isContinued = this.#offset === offset;
    this.#failures = 0;
    this.#offset = offset;
    this.#shown = offset;
    if (!isContinued) this.#handlers.onRestart();
    if (this.#size) this.#send({ type: "resize", ...this.#size });
    this.#handlers.onState({ kind: "connected" });
  }

  #output(bytes: Uint8Array): void {
    this.#offset = (this.#offset ?? 0) + bytes.length;
    const webSocket = this.#webSocket;
    this.#handlers.onOutput(bytes, () => {
      // Bytes of an earlier connection are not acknowledged on this one.
      if (webSocket !== this.#webSocket) return;
      this.#shown += bytes.length;
      this.#send({ type: "received", offset: this.#shown });
    });
  }

  #closed(code: number, notice: TerminalNotice | null): void {
    if (this.#isClosed) return;
    if (notice?.type === "exited") this.#end({ kind: "ended", exitCode: notice.exitCode });
    else if (code === NOT_FOUND || code === CLOSED_NORMALLY) this.#end({ kind: "ended", exitCode: null });
    else if (notice?.type === "problem" && isProblem(notice.problem) && !isPassing(notice.problem))
      this.#handlers.onState({ kind: "refused", problem: notice.problem });
    else {
      this.#handlers.onState({ kind: "lost" });
      this.#tryLater();
    }
  }

  #end(state: LinkState): void {
    this.#isClosed = true;
    this.#handlers.onState(state);
  }

  #tryLater(): void {
    const wait = Math.min(RETRY_MILLISECONDS_MIN * 2 ** this.#failures, RETRY_MILLISECONDS_MAX);
    this.#failures++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }

  /** Retries immediately, when there is a reason to expect success. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.open();
  }
}

/** True for errors that may pass. */
const isPassing = ({ code, retryable }: Problem): boolean => retryable || code === "internal";
