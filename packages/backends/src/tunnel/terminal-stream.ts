import { PassThrough } from "node:stream";
import {
  DAEMON_ROUTES,
  DomainError,
  decodeExited,
  encodeFrame,
  encodeReceived,
  encodeSize,
  FRAME,
  FrameError,
  FrameReader,
} from "@berth/domain";
import { connectionLost, misbehaved } from "./daemon-call.ts";
import type { DaemonSession } from "./daemon-session.ts";

/** An attached terminal. The terminal stays open in the daemon when this stream ends. */
export interface TerminalStream {
  /** Position of the first byte of output. */
  readonly offset: number;
  /**
   * Output of the shell, and its exit code at the end. The daemon sends more only after `received` has acknowledged
   * what it sent.
   *
   * @throws DomainError `workspace_not_running` (retryable) when the connection is lost before that.
   */
  readonly output: AsyncGenerator<TerminalOutput>;
  /** Resolves when there is room for more input. */
  write(input: Uint8Array): Promise<void>;
  resize(size: { columns: number; rows: number }): void;
  received(offset: number): void;
}

export type TerminalOutput = { chunk: Uint8Array; offset: number } | { exitCode: number };

export interface TerminalPlace {
  terminalId: string;
  /** The position up to which the caller has read; null for all retained output. */
  after: number | null;
  /** Detaches from the terminal without ending it. */
  signal: AbortSignal;
}

export async function openTerminalStream(session: DaemonSession, place: TerminalPlace): Promise<TerminalStream> {
  const towards = new PassThrough();
  const response = await session.bytes({
    method: "POST",
    route: DAEMON_ROUTES.attachTerminal,
    query: { id: place.terminalId, after: place.after ?? undefined },
    body: towards,
    signal: place.signal,
  });
  const offset = Number(response.headers["terminal-offset"]);
  if (!Number.isSafeInteger(offset)) {
    response.body.destroy();
    throw misbehaved("a terminal without an offset.");
  }
  const send = (frame: Uint8Array): boolean => (towards.destroyed ? true : towards.write(frame));
  return {
    offset,
    output: outputOf(response.body as AsyncIterable<Buffer>, offset),
    async write(input) {
      if (send(encodeFrame(FRAME.input, input))) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          towards.off("drain", done).off("close", done);
          place.signal.removeEventListener("abort", done);
          resolve();
        };
        towards.once("drain", done).once("close", done);
        place.signal.addEventListener("abort", done, { once: true });
      });
    },
    resize: (size) => void send(encodeSize(size)),
    received: (seen) => void send(encodeReceived(seen)),
  };
}

async function* outputOf(body: AsyncIterable<Buffer>, from: number): AsyncGenerator<TerminalOutput> {
  const frames = new FrameReader(FRAME);
  let offset = from;
  try {
    for await (const piece of body) {
      for (const { type, payload } of frames.read(piece)) {
        if (type === FRAME.exited) {
          yield { exitCode: decodeExited(payload) };
          return;
        }
        if (type !== FRAME.output) continue;
        offset += payload.length;
        yield { chunk: payload, offset };
      }
    }
  } catch (error) {
    if (error instanceof FrameError) throw misbehaved("bytes that are not terminal frames.", error);
    throw error instanceof DomainError ? error : connectionLost(error);
  }
  throw connectionLost();
}
