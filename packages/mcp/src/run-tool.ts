import { setTimeout as pause } from "node:timers/promises";
import { type CommandEnd, type CommandOutputPart, isOpenOperation, type Operation } from "@berth/domain";
import { callProcedure, type RequestContext } from "@berth/routers";
import type { ToolInput } from "./tool-input.ts";
import type { ToolDefinition } from "./tools.ts";

const POLL_MS = 250;

/** @throws what the procedure throws. */
export function runTool(context: RequestContext, { procedure }: ToolDefinition, asked: ToolInput): Promise<unknown> {
  if (procedure === "operations.get") return waitForOperation(context, asked);
  if (procedure === "commands.output") return readOutput(context, asked);
  return callProcedure(context, procedure, asked.input);
}

async function waitForOperation(context: RequestContext, { input, extra }: ToolInput): Promise<Operation> {
  const until = performance.now() + Number(extra.waitSeconds) * 1000;
  for (;;) {
    const operation = (await callProcedure(context, "operations.get", input)) as Operation;
    if (!isOpenOperation(operation) || performance.now() >= until) return operation;
    await pause(POLL_MS, undefined, { signal: context.signal });
  }
}

interface Output {
  stdout: string;
  stderr: string;
  /** `afterStdout` and `afterStderr` of the next call. */
  nextStdout: number;
  nextStderr: number;
  ended: CommandEnd | null;
  /** Whether output before these parts is no longer kept. */
  dropped: boolean;
}

/** Reads until the command has ended, the limit is reached, or the time is over. */
async function readOutput(context: RequestContext, { input, extra }: ToolInput): Promise<Output> {
  const { waitSeconds, limitBytes } = extra as { waitSeconds: number; limitBytes: number };
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), waitSeconds * 1000);
  const signal = AbortSignal.any([context.signal, enough.signal]);
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const next = { stdout: Number(input.afterStdout ?? 0), stderr: Number(input.afterStderr ?? 0) };
  const result = { ended: null as CommandEnd | null, dropped: false };
  let bytes = 0;
  try {
    const messages = (await callProcedure({ ...context, signal }, "commands.output", input)) as AsyncIterable<Message>;
    for await (const [, message] of messages) {
      if (!("stream" in message)) {
        result.ended = message;
        break;
      }
      const { stream, offset, data, encoding } = message;
      const part = upTo(Buffer.from(data, encoding), limitBytes - bytes);
      result.dropped ||= offset > next[stream];
      parts[stream].push(part);
      next[stream] = offset + part.length;
      bytes += part.length;
      if (part.length < Buffer.byteLength(data, encoding) || bytes >= limitBytes) break;
    }
  } catch (error) {
    // The time is over, which ends the stream like a stop of Berth would.
    if (!enough.signal.aborted || context.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    stdout: Buffer.concat(parts.stdout).toString(),
    stderr: Buffer.concat(parts.stderr).toString(),
    ...{ nextStdout: next.stdout, nextStderr: next.stderr },
    ...result,
  };
}

const CONTINUES = 0b1000_0000;

/** The first bytes, without half a character of UTF-8 at the end. */
function upTo(data: Buffer, bytesMax: number): Buffer {
  let end = Math.min(data.length, bytesMax);
  while (end > 0 && end < data.length && ((data[end] ?? 0) & 0b1100_0000) === CONTINUES) end -= 1;
  return data.subarray(0, end);
}

/** As `tracked` makes it: the id, then the message. */
type Message = readonly [id: string, message: CommandOutputPart | CommandEnd, symbol: symbol];
