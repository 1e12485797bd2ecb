import type { Problem, TerminalCommand, TerminalNotice } from "@berth/domain";

export interface LookAtTerminalOptions {
  /** Where Berth serves, e.g. `http://127.0.0.1:3000`. */
  url: string;
  token: string;
  workspaceId: string;
  terminalId: string;
  /** What the shell printed. Awaited: a slow reader holds the shell up, and nothing is lost. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  /** A part of the output was printed while nobody looked, and is not kept any more. */
  onGap?(): void;
  /** The shell has ended, or the terminal cannot be reached for good. Nothing follows. */
  onEnd(end: { exitCode: number } | { problem: Problem }): void;
}

export interface TerminalLook {
  /** Sends input; what is typed while the connection is away is dropped, as nobody would see where it goes. */
  write(input: string): void;
  resize(size: { columns: number; rows: number }): void;
  /** Stops looking. The terminal goes on. */
  close(): void;
}

const RECONNECT_MS_MAX = 5_000;
/** Of `terminalInputBytesMax`, in characters that take up to three bytes each. */
const INPUT_CHARS_MAX = 16 * 1024;

/** Looks at a terminal, and goes on where it was whenever the connection comes back. */
export function lookAtTerminal(options: LookAtTerminalOptions): TerminalLook {
  const { url, token, workspaceId, terminalId } = options;
  let offset: number | null = null;
  let socket: WebSocket | undefined;
  let over = false;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let size: TerminalCommand | undefined;

  const say = (command: TerminalCommand) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
  };
  const end = (how: Parameters<LookAtTerminalOptions["onEnd"]>[0]) => {
    over = true;
    options.onEnd(how);
  };
  const hear = (notice: TerminalNotice) => {
    if (notice.type === "attached") {
      attempts = 0;
      if (offset !== null && notice.offset > offset) options.onGap?.();
      offset = notice.offset;
      if (size) say(size);
    } else if (notice.type === "exited") end({ exitCode: notice.exitCode });
    else if (!notice.problem.retryable) end({ problem: notice.problem });
  };

  function connect(): void {
    const address = new URL(`/terminal/${workspaceId}/${terminalId}`, url.replace(/^http/, "ws"));
    address.searchParams.set("acknowledge", "true");
    if (offset !== null) address.searchParams.set("after", String(offset));
    const opened = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
    opened.binaryType = "arraybuffer";
    socket = opened;
    // One after another, whatever the reader takes its time for.
    let turn = Promise.resolve();
    opened.addEventListener("message", ({ data }: { data: string | ArrayBuffer }) => {
      turn = turn.then(async () => {
        if (over || socket !== opened) return;
        if (typeof data === "string") return hear(JSON.parse(data) as TerminalNotice);
        await options.onOutput(new Uint8Array(data));
        const seen = (offset ?? 0) + data.byteLength;
        offset = seen;
        say({ type: "received", offset: seen });
      });
    });
    opened.addEventListener("close", () => {
      void turn.then(() => {
        if (over || socket !== opened) return;
        timer = setTimeout(connect, Math.min(200 * 2 ** attempts, RECONNECT_MS_MAX));
        attempts += 1;
      });
    });
  }

  connect();
  return {
    write(input) {
      for (let at = 0; at < input.length; at += INPUT_CHARS_MAX) {
        const bytes = new TextEncoder().encode(input.slice(at, at + INPUT_CHARS_MAX));
        if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
      }
    },
    resize(to) {
      size = { type: "resize", ...to };
      say(size);
    },
    close() {
      over = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
