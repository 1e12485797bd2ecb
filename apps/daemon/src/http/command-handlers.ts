import {
  COMMAND_FRAME,
  COMMAND_SIGNALS,
  type CommandSignal,
  DomainError,
  encodeFrame,
  LIMITS,
  type StartCommandRequest,
} from "@berth/domain";
import type { RunningCommand } from "../commands/command.ts";
import type { Call } from "./call.ts";
import type { Handler } from "./handler.ts";

export const getCommands: Handler = async ({ commands }, call) => {
  const id = call.query.get("id");
  call.respondJson({ commands: id === null ? commands.list() : [commands.report(id)] });
};

export const postCommand: Handler = async ({ commands }, call) => {
  const body = await call.json();
  call.respondJson(await commands.start(startRequest(body)));
};

export const getCommandOutput: Handler = async ({ commands }, call) => {
  const command = commands.get(call.text("id"));
  const after = {
    stdout: call.integer("afterStdout", 0, Number.MAX_SAFE_INTEGER),
    stderr: call.integer("afterStderr", 0, Number.MAX_SAFE_INTEGER),
  };
  call.stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
  if (call.choice("end", ["true", "false"], "false") === "true") await untilEnded(command, call);
  for await (const frame of command.output(after, call.signal)) {
    await call.write(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
  }
  const { report } = command;
  // The output was evicted: a reset tells the caller that it is incomplete.
  if (report.durationMs === null || call.signal.aborted) return void call.stream.destroy();
  await call.write(Buffer.from(encodeFrame(COMMAND_FRAME.ended, Buffer.from(JSON.stringify(report)))));
  call.finish();
};

export const postCommandInput: Handler = async ({ commands }, call) => {
  const body = await call.json();
  const command = commands.get(textIn(body, "id"));
  const data = Buffer.from(textIn(body, "data"), "base64");
  command.write({ writeId: textIn(body, "writeId"), data, end: body.end === true });
  call.respondJson(command.report);
};

export const postCommandSignal: Handler = async ({ commands }, call) => {
  const body = await call.json();
  const signal = COMMAND_SIGNALS.find((name) => name === body.signal);
  if (signal === undefined) throw invalid("signal", `one of: ${COMMAND_SIGNALS.join(", ")}`);
  call.respondJson(await commands.signal(textIn(body, "id"), signal satisfies CommandSignal));
};

async function untilEnded(command: RunningCommand, call: Call): Promise<void> {
  const left = new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve(), { once: true }));
  await Promise.race([command.ended, left]);
}

function startRequest(body: Readonly<Record<string, unknown>>): StartCommandRequest {
  const { command, env, timeoutSeconds, keepBytes, endStdin } = body;
  const isLine = typeof command === "string" && command !== "";
  const isArray = Array.isArray(command) && command.length > 0 && command.every((each) => typeof each === "string");
  if (!isLine && !isArray) throw invalid("command", "a string or an array of strings");
  if (!isTextMap(env)) throw invalid("env", "an object of strings");
  if (timeoutSeconds !== null && !isCount(timeoutSeconds)) throw invalid("timeoutSeconds", "null or a whole number");
  if (!isCount(keepBytes) || keepBytes > LIMITS.commandOutputBytesMax) {
    throw invalid("keepBytes", `at most ${LIMITS.commandOutputBytesMax}`);
  }
  return {
    ...{ command: command as string | string[], env, timeoutSeconds, keepBytes, endStdin: endStdin === true },
    id: textIn(body, "id"),
    awaitsReader: body.awaitsReader === true,
    cwd: textIn(body, "cwd"),
    stdin: textIn(body, "stdin"),
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const isTextMap = (value: unknown): value is Record<string, string> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((each) => typeof each === "string");

function textIn(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = body[field];
  if (typeof value === "string") return value;
  throw invalid(field, "a string");
}

const invalid = (field: string, expected: string): DomainError =>
  new DomainError("invalid_input", `"${field}" must be ${expected}.`);
