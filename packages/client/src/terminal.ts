import { DomainError, isProblem, type Problem } from "@berth/domain";
import { WebSocket } from "ws";
import type { BerthClientOptions } from "./index.ts";
import { requestHeaders } from "./request-headers.ts";
import { type LinkState, TerminalLink } from "./terminal-link.ts";

export interface AttachTerminalOptions extends BerthClientOptions {
  workspaceId: string;
  terminalId: string;
  /** Receives the output of the shell. Awaited: a slow reader pauses the shell, and no output is lost. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  /** Called when output printed without a viewer is no longer in the scrollback. */
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

const REFUSAL_MS_MAX = 5_000;
const GIVE_UP_SECONDS = 300;
const WAITING_BYTES_MAX = 1024 * 1024;

/** Attaches to a terminal. Reconnects at the same offset whenever the connection breaks. */
export function attachTerminal(options: AttachTerminalOptions): AttachedTerminal {
  const { url, workspaceId, terminalId, giveUpAfterSeconds = GIVE_UP_SECONDS } = options;
  const path = `/terminal/${workspaceId}/${terminalId}`;
  const headers = requestHeaders(options);
  const waiting = new InputQueue();
  let isAttached = false;
  let isOver = false;
  let wasOpen = false;
  let giveUpTimer: ReturnType<typeof setTimeout> | undefined;
  let turn = Promise.resolve();

  const finish = (end: TerminalEnd) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(giveUpTimer);
    link.close();
    options.onEnd(end);
  };
  /** Steps run one at a time, even if the reader is slow. */
  const inOrder = (step: () => void | Promise<void>) => {
    turn = turn
      .then(() => (isOver ? undefined : step()))
      .catch((error: unknown) => finish({ reason: "problem", problem: readerFailed(error) }));
  };
  const giveUpLater = () => {
    giveUpTimer ??= setTimeout(
      () => finish({ reason: "problem", problem: connectionLost(url, giveUpAfterSeconds) }),
      giveUpAfterSeconds * 1000,
    );
  };

  /** A WebSocket hides why its handshake failed, so request the same address over HTTP. */
  async function refusal(): Promise<Problem | null> {
    const response = await fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(REFUSAL_MS_MAX) });
    const { error } = (await response.json()) as { error?: { data?: { problem?: unknown } } };
    const problem = error?.data?.problem;
    // A caller who may attach gets `invalid_input`, because this is not a WebSocket.
    return isProblem(problem) && !problem.retryable && problem.code !== "invalid_input" ? problem : null;
  }

  async function endIfRefused(): Promise<void> {
    const problem = await refusal().catch(() => null);
    if (problem) finish({ reason: "problem", problem });
  }

  function onState(state: LinkState): void {
    isAttached = state.kind === "connected";
    switch (state.kind) {
      case "connecting":
        return;
      case "connected":
        clearTimeout(giveUpTimer);
        giveUpTimer = undefined;
        for (const input of waiting.take()) link.type(input);
        return;
      case "lost":
        giveUpLater();
        if (!wasOpen) void endIfRefused();
        return;
      case "refused":
        inOrder(() => finish({ reason: "problem", problem: state.problem }));
        return;
      case "ended": {
        const { exitCode, problem } = state;
        const end: TerminalEnd =
          exitCode === null ? { reason: "problem", problem: problem ?? endUnknown() } : { reason: "exited", exitCode };
        inOrder(() => finish(end));
      }
    }
  }

  const link = new TerminalLink({
    open(query, { onMessage, onClose }) {
      // Node 20 has no WebSocket, and the standard one sends no headers.
      const address = new URL(`${path}?${query}`, url.replace(/^http/, "ws"));
      const opened = new WebSocket(address, { headers, perMessageDeflate: false });
      opened.binaryType = "arraybuffer";
      // A close event follows.
      opened.on("error", () => {});
      wasOpen = false;
      opened.addEventListener("open", () => {
        wasOpen = true;
      });
      opened.addEventListener("message", ({ data }) => onMessage(data as string | ArrayBuffer));
      opened.addEventListener("close", ({ code }) => onClose(code));
      return opened;
    },
    onRestart: ({ isFirst }) => inOrder(() => (isFirst ? undefined : options.onGap?.())),
    onOutput: (bytes, done) =>
      inOrder(async () => {
        await options.onOutput(bytes);
        done();
      }),
    onState,
  });
  giveUpLater();
  link.open();
  return {
    write(input) {
      if (isOver) return;
      const bytes = new TextEncoder().encode(input);
      if (isAttached) link.type(bytes);
      else waiting.add(bytes);
    },
    resize({ columns, rows }) {
      link.resize(columns, rows);
    },
    close: () => finish({ reason: "detached" }),
  };
}

/** A bounded queue for input while the connection is not open. */
class InputQueue {
  #inputs: Uint8Array[] = [];
  #sizeBytes = 0;

  add(input: Uint8Array): void {
    if (this.#sizeBytes + input.length > WAITING_BYTES_MAX) {
      const message = `At most ${WAITING_BYTES_MAX} bytes of input can be queued. Send the rest once there is output.`;
      throw new DomainError("limit_exceeded", message, { details: { max: WAITING_BYTES_MAX } });
    }
    this.#inputs.push(input);
    this.#sizeBytes += input.length;
  }

  take(): readonly Uint8Array[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    this.#sizeBytes = 0;
    return inputs;
  }
}

const connectionLost = (url: string, seconds: number): Problem => ({
  code: "backend_unavailable",
  message: `No connection to ${url} for ${seconds} seconds. The terminal may still be running: attach again later.`,
  retryable: true,
});

const endUnknown = (): Problem => ({
  code: "not_found",
  message: "The terminal has ended. Its exit code is unknown.",
  retryable: false,
});

const readerFailed = (error: unknown): Problem => ({
  code: "internal",
  message: `onOutput failed: ${error instanceof Error ? error.message : String(error)}`,
  retryable: false,
});
