import {
  COMMAND_FRAME,
  type CommandReport,
  type CommandStream,
  commandReport,
  DAEMON_ROUTES,
  DomainError,
  FrameError,
  FrameReader,
  readOutputFrame,
} from "@berth/domain";
import { connectionLost, misbehaved } from "./daemon-call.ts";
import type { DaemonSession } from "./daemon-session.ts";
import { parseResponse } from "./response-bytes.ts";

/** A part of the output, or the report once the command has ended and all output was sent. */
export type CommandPiece = { stream: CommandStream; offset: number; bytes: Uint8Array } | { ended: CommandReport };

export interface CommandPlace {
  id: string;
  /** The offsets up to which the caller has the output. */
  afterStdout: number;
  afterStderr: number;
  /** True: the output is sent once the command has ended. */
  atEnd: boolean;
  signal: AbortSignal;
}

/**
 * The output of a command, and at last its report. The command waits for a caller that reads slowly.
 *
 * @throws DomainError `workspace_not_running` (retryable) when the connection is lost before that.
 */
export async function* readCommandOutput(session: DaemonSession, place: CommandPlace): AsyncGenerator<CommandPiece> {
  const { id, afterStdout, afterStderr, atEnd, signal } = place;
  const query = { id, afterStdout, afterStderr, end: atEnd };
  const { body } = await session.bytes({ method: "GET", route: DAEMON_ROUTES.commandOutput, query, signal });
  const next = { stdout: afterStdout, stderr: afterStderr };
  const frames = new FrameReader(COMMAND_FRAME);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      for (const { type, payload } of frames.read(chunk)) {
        if (type === COMMAND_FRAME.ended) {
          yield { ended: parseResponse(payload, { schema: commandReport }) };
          return;
        }
        const stream = type === COMMAND_FRAME.stdout ? "stdout" : "stderr";
        const { offset, bytes } = readOutputFrame(payload);
        if (offset < next[stream]) throw misbehaved("output that it has sent before.");
        next[stream] = offset + bytes.length;
        yield { stream, offset, bytes };
      }
    }
  } catch (error) {
    if (error instanceof FrameError) throw misbehaved("bytes that are not the output of a command.", error);
    signal.throwIfAborted();
    throw error instanceof DomainError ? error : connectionLost(error);
  }
  throw connectionLost();
}
