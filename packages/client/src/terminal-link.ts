import { isProblem, LIMITS, type Problem, type TerminalCommand, type TerminalNotice } from "@berth/domain";

export type LinkState =
  | { kind: "connecting" }
  | { kind: "connected" }
  /** The connection broke and is retried automatically. */
  | { kind: "lost" }
  /** The shell ended. The exit code is null when its end was not observed; then the server may have sent a problem. */
  | { kind: "ended"; exitCode: number | null; problem: Problem | null }
  /** The terminal is unavailable, with the reason. */
  | { kind: "refused"; problem: Problem };

/** An open or opening WebSocket, in a browser or in Node. */
export interface TerminalSocket {
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface TerminalLinkOptions {
  /** Opens a WebSocket that receives binary messages as an `ArrayBuffer`. */
  open(
    query: URLSearchParams,
    events: { onMessage(data: string | ArrayBuffer): void; onClose(code: number): void },
  ): TerminalSocket;
  /** The following output does not continue the earlier output. */
  onRestart(options: { isFirst: boolean }): void;
  /** Call `done` once the bytes are processed: only then is more requested. */
  onOutput(bytes: Uint8Array, done: () => void): void;
  onState(state: LinkState): void;
}

const OPEN = 1;
const RETRY_MILLISECONDS_MIN = 400;
const RETRY_MILLISECONDS_MAX = 10_000;
const PROBLEM_CLOSE_BASE = 4000;
const CLOSED_NORMALLY = 1000;
const NOT_FOUND = PROBLEM_CLOSE_BASE + 404;

/**
 * One terminal's WebSocket while it is viewed. It resumes a broken connection at the last byte, so output is neither
 * lost nor repeated. It stops when the shell has ended, and pauses while the server refuses.
 */
export class TerminalLink {
  readonly #options: TerminalLinkOptions;
  #socket: TerminalSocket | null = null;
  /** The offset of the next byte; null before the first connection. */
  #offset: number | null = null;
  #processed = 0;
  #size: { columns: number; rows: number } | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: TerminalLinkOptions) {
    this.#options = options;
  }

  open(): void {
    if (this.#isClosed || this.#socket) return;
    this.#options.onState({ kind: "connecting" });
    const query = new URLSearchParams({ acknowledge: "true" });
    if (this.#offset !== null) query.set("after", String(this.#offset));
    let notice: TerminalNotice | null = null;
    const socket = this.#options.open(query, {
      onMessage: (data) => {
        if (typeof data === "string") {
          notice = JSON.parse(data) as TerminalNotice;
          if (notice.type === "attached") this.#attached(notice.offset);
        } else this.#output(new Uint8Array(data));
      },
      onClose: (code) => {
        if (this.#socket !== socket) return;
        this.#socket = null;
        this.#closed(code, notice);
      },
    });
    this.#socket = socket;
  }

  /** Disconnects; the shell keeps running. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Sends input in messages of the largest allowed size. Without a connection it is dropped. */
  type(input: Uint8Array): void {
    if (this.#socket?.readyState !== OPEN) return;
    for (let at = 0; at < input.length; at += LIMITS.terminalInputBytesMax)
      this.#socket.send(input.slice(at, at + LIMITS.terminalInputBytesMax));
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#send({ type: "resize", columns, rows });
  }

  /** Retries at once. Call it when a retry is likely to succeed. */
  retryNow(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.open();
  }

  #send(command: TerminalCommand): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(command));
  }

  #attached(offset: number): void {
    const expected = this.#offset;
    this.#failures = 0;
    this.#offset = offset;
    this.#processed = offset;
    if (offset !== expected) this.#options.onRestart({ isFirst: expected === null });
    if (this.#size) this.#send({ type: "resize", ...this.#size });
    this.#options.onState({ kind: "connected" });
  }

  #output(bytes: Uint8Array): void {
    this.#offset = (this.#offset ?? 0) + bytes.length;
    const socket = this.#socket;
    this.#options.onOutput(bytes, () => {
      // Bytes of an earlier connection are not acknowledged on this one.
      if (socket !== this.#socket) return;
      this.#processed += bytes.length;
      this.#send({ type: "received", offset: this.#processed });
    });
  }

  #closed(code: number, notice: TerminalNotice | null): void {
    if (this.#isClosed) return;
    const problem = notice?.type === "problem" && isProblem(notice.problem) ? notice.problem : null;
    if (notice?.type === "exited") this.#end(notice.exitCode, null);
    else if (code === NOT_FOUND || code === CLOSED_NORMALLY) this.#end(null, problem);
    else if (problem && !isPassing(problem)) this.#options.onState({ kind: "refused", problem });
    else {
      this.#options.onState({ kind: "lost" });
      this.#tryLater();
    }
  }

  #end(exitCode: number | null, problem: Problem | null): void {
    this.#isClosed = true;
    this.#options.onState({ kind: "ended", exitCode, problem });
  }

  #tryLater(): void {
    if (this.#isClosed) return;
    const wait = Math.min(RETRY_MILLISECONDS_MIN * 2 ** this.#failures, RETRY_MILLISECONDS_MAX);
    this.#failures++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }
}

/** True for errors that may be temporary. */
const isPassing = ({ code, retryable }: Problem): boolean => retryable || code === "internal";
