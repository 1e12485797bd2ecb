import type { Command, CommandLine, CommandStream, ExecExit, ExecInput } from "@berth/domain";
import type { BerthClientOptions } from "./index.ts";
import { problemIn } from "./problem-in.ts";
import { requestHeaders } from "./request-headers.ts";

/** What a command prints. An offset beyond the expected one means that bytes between were dropped. */
export interface CommandBytes {
  stream: CommandStream;
  offset: number;
  bytes: Uint8Array;
}

export type ExecMessage = { started: Command } | { output: CommandBytes } | { exit: ExecExit };

/** The body of `POST /exec`; the server fills in the rest. */
export type ExecBody = { command: CommandLine } & Partial<Omit<ExecInput, "command">>;

export interface ExecOptions extends BerthClientOptions {
  workspaceId: string;
  /** Ends the command, unless it is detached. */
  signal?: AbortSignal;
  idempotencyKey?: string;
}

/** Decodes one part of `commands.output` or `POST /exec`. */
export function commandBytes(part: {
  stream: CommandStream;
  offset: number;
  data: string;
  encoding?: "utf8" | "base64";
}): CommandBytes {
  const { stream, offset, data, encoding } = part;
  const bytes =
    encoding === "base64"
      ? Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
      : new TextEncoder().encode(data);
  return { stream, offset, bytes };
}

/**
 * Runs a command and yields its output as it comes: a caller that reads slowly slows it down. Leaving the loop ends the
 * command, unless it is detached.
 *
 * @throws DomainError with the problem of the server
 */
export async function* execCommand(options: ExecOptions, body: ExecBody): AsyncGenerator<ExecMessage> {
  const { url, workspaceId, signal, idempotencyKey } = options;
  const response = await fetch(new URL(`/exec/${workspaceId}`, url), {
    method: "POST",
    headers: {
      ...requestHeaders(options),
      "content-type": "application/json",
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  if (!response.ok) throw problemIn(await response.json().catch(() => null));
  for await (const line of linesOf(response)) {
    const message = JSON.parse(line) as ExecMessage & { stream?: CommandStream; error?: unknown };
    if (message.error !== undefined) throw problemIn(message);
    yield message.stream === undefined ? message : { output: commandBytes(message as never) };
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const other of others) {
      yield pieces.splice(0).join("");
      pieces.push(other);
    }
  }
}
