import { DomainError, isProblem, LIMITS, type Problem, type TerminalCommand, type TerminalNotice } from "@berth/domain";

export interface AttachTerminalOptions {
  /** The base URL of Berth, e.g. `http://127.0.0.1:3000`. */
  url: string;
  token: string;
  workspaceId: string;
  terminalId: string;
  /** Receives the output of the shell. Awaited: a slow reader pauses the shell, and no output is lost. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  /** Called when output that was printed while no viewer was attached is no longer in the scrollback. */
  onGap?(): void;
  /** Called exactly once, after the last output. */
  onEnd(end: TerminalEnd): void;
  /** How long to retry the connection before `onEnd` reports it as lost. Default: 300. */
  giveUpAfterSeconds?: number;
}

export type TerminalEnd =
  | { reason: "exited"; exitCode: number }
  /** The terminal cannot be reached: wrong token, not found, or connection lost. See the problem. */
  | { reason: "problem"; problem: Problem }
  /** `close` was called. The terminal keeps running. */
  | { reason: "detached" };

export interface AttachedTerminal {
  /**
   * Sends input, in order. Input is queued while the connection is not open.
   *
   * @throws DomainError `limit_exceeded` when more than 1 MiB would be queued. Nothing of `input` is sent then.
   */
  write(input: string): void;
  resize(size: { columns: number; rows: number }): void;
  /** Detaches. The terminal keeps running. */
  close(): void;
}

const RECONNECT_MS_MAX = 5_000;
const GIVE_UP_SECONDS = 300;
const WAITING_BYTES_MAX = 1024 * 1024;

/** Attaches to a terminal. Reconnects at the same offset whenever the connection breaks. */
export function attachTerminal(options: AttachTerminalOptions): AttachedTerminal {
  const { url, token, workspaceId, terminalId, giveUpAfterSeconds = GIVE_UP_SECONDS } = options;
  const waiting = new InputQueue();
  let offset: number | null = null;
  let socket: WebSocket | undefined;
  let isAttached = false;
  let isOver = false;
  let attempts = 0;
  let disconnectedAt = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let size: TerminalCommand | undefined;

  const path = `/terminal/${workspaceId}/${terminalId}`;
  const headers = { authorization: `Bearer ${token}` };
  const send = (command: TerminalCommand) => {
    if (isAttached) socket?.send(JSON.stringify(command));
  };
  const finish = (end: TerminalEnd) => {
    if (isOver) return;
    isOver = true;
    isAttached = false;
    clearTimeout(timer);
    socket?.close();
    options.onEnd(end);
  };

  const onNotice = (notice: TerminalNotice) => {
    if (notice.type === "exited") finish({ reason: "exited", exitCode: notice.exitCode });
    else if (notice.type === "problem") {
      if (!notice.problem.retryable) finish({ reason: "problem", problem: notice.problem });
    } else {
      attempts = 0;
      isAttached = true;
      if (offset !== null && notice.offset > offset) options.onGap?.();
      offset = notice.offset;
      if (size) send(size);
      for (const piece of waiting.take()) socket?.send(piece);
    }
  };
  const onMessage = async (data: string | ArrayBuffer) => {
    if (typeof data === "string") return onNotice(JSON.parse(data) as TerminalNotice);
    await options.onOutput(new Uint8Array(data));
    const received = (offset ?? 0) + data.byteLength;
    offset = received;
    send({ type: "received", offset: received });
  };

  /** A WebSocket hides why its handshake failed, so request the same address over HTTP. */
  async function refusal(): Promise<Problem | null> {
    const answer = await fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(RECONNECT_MS_MAX) });
    const { error } = (await answer.json()) as { error?: { data?: { problem?: unknown } } };
    const problem = error?.data?.problem;
    // A caller who may attach gets `invalid_input`, because this is not a WebSocket.
    return isProblem(problem) && !problem.retryable && problem.code !== "invalid_input" ? problem : null;
  }

  async function reconnect(wasRefused: boolean): Promise<void> {
    const problem = wasRefused ? await refusal().catch(() => null) : null;
    if (isOver) return;
    if (problem) return finish({ reason: "problem", problem });
    if (performance.now() - disconnectedAt > giveUpAfterSeconds * 1000)
      return finish({ reason: "problem", problem: connectionLost(url, giveUpAfterSeconds) });
    timer = setTimeout(connect, Math.min(200 * 2 ** attempts, RECONNECT_MS_MAX));
    attempts += 1;
  }

  function connect(): void {
    const address = new URL(path, url.replace(/^http/, "ws"));
    address.searchParams.set("acknowledge", "true");
    if (offset !== null) address.searchParams.set("after", String(offset));
    const opened = new WebSocket(address, { headers });
    opened.binaryType = "arraybuffer";
    socket = opened;
    let wasOpen = false;
    // Messages are processed one at a time, however long the reader takes.
    let turn = Promise.resolve();
    opened.addEventListener("open", () => {
      wasOpen = true;
    });
    opened.addEventListener("message", ({ data }: { data: string | ArrayBuffer }) => {
      turn = turn
        .then(() => (isOver ? undefined : onMessage(data)))
        .catch((error: unknown) => finish({ reason: "problem", problem: readerFailed(error) }));
    });
    opened.addEventListener("close", () => {
      const closedAt = performance.now();
      void turn.then(() => {
        if (isOver) return;
        if (isAttached) disconnectedAt = closedAt;
        isAttached = false;
        return reconnect(!wasOpen);
      });
    });
  }

  connect();
  return {
    write(input) {
      if (isOver) return;
      const pieces = piecesOf(input);
      if (isAttached) for (const piece of pieces) socket?.send(piece);
      else waiting.add(pieces);
    },
    resize(to) {
      size = { type: "resize", ...to };
      send(size);
    },
    close: () => finish({ reason: "detached" }),
  };
}

type Piece = Uint8Array<ArrayBuffer>;

/** Splits input into messages of the largest allowed size. */
function piecesOf(input: string): Piece[] {
  const bytes = new TextEncoder().encode(input);
  const count = Math.ceil(bytes.length / LIMITS.terminalInputBytesMax);
  return Array.from({ length: count }, (_, index) =>
    bytes.slice(index * LIMITS.terminalInputBytesMax, (index + 1) * LIMITS.terminalInputBytesMax),
  );
}

/** A bounded queue for input while the connection is not open. */
class InputQueue {
  #pieces: Piece[] = [];
  #sizeBytes = 0;

  add(pieces: readonly Piece[]): void {
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, this.#sizeBytes);
    if (sizeBytes > WAITING_BYTES_MAX) {
      const message = `At most ${WAITING_BYTES_MAX} bytes of input can be queued. Send the rest once there is output.`;
      throw new DomainError("limit_exceeded", message, { details: { max: WAITING_BYTES_MAX } });
    }
    this.#pieces.push(...pieces);
    this.#sizeBytes = sizeBytes;
  }

  take(): readonly Piece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#sizeBytes = 0;
    return pieces;
  }
}

const connectionLost = (url: string, seconds: number): Problem => ({
  code: "backend_unavailable",
  message: `No connection to ${url} for ${seconds} seconds. The terminal may still be running: attach again later.`,
  retryable: true,
});

const readerFailed = (error: unknown): Problem => ({
  code: "internal",
  message: `onOutput failed: ${error instanceof Error ? error.message : String(error)}`,
  retryable: false,
});
