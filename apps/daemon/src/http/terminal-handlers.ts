import {
  DomainError,
  decodeReceived,
  decodeSize,
  encodeExited,
  encodeFrame,
  FRAME,
  FrameReader,
  LIMITS,
} from "@berth/domain";
import type { Attachment, Terminal } from "../terminals/terminal.ts";
import type { Call } from "./call.ts";
import type { Handler } from "./handler.ts";

export const getTerminals: Handler = async ({ terminals }, call) => call.respondJson({ terminals: terminals.list() });

export const postTerminal: Handler = async ({ terminals }, call) => {
  const { columns, rows } = await call.json();
  const size = {
    columns: sizeIn("columns", columns, LIMITS.terminalColumnsMax),
    rows: sizeIn("rows", rows, LIMITS.terminalRowsMax),
  };
  call.respondJson(terminals.open(size));
};

export const deleteTerminal: Handler = async ({ terminals }, call) => {
  await terminals.close(call.text("id"));
  call.respondJson({});
};

/** Exchanges frames until the shell ends or the client disconnects. The shell survives a disconnect. */
export const attachTerminal: Handler = async ({ terminals }, call) => {
  const terminal = terminals.get(call.text("id"));
  const after = call.query.has("after") ? call.integer("after", 0, Number.MAX_SAFE_INTEGER) : null;
  const attachment = terminal.attach(after);
  call.signal.addEventListener("abort", () => attachment.detach());
  try {
    call.stream.respond({
      ":status": 200,
      "content-type": "application/octet-stream",
      "terminal-offset": attachment.offset,
    });
    void takeFrames(call, terminal, attachment).catch(() => call.stream.destroy());
    for await (const chunk of attachment.output()) await call.write(Buffer.from(encodeFrame(FRAME.output, chunk)));
    const exitCode = attachment.exitCode();
    // The reader was evicted: a reset tells the client that the shell has not ended.
    if (exitCode === null) return void call.stream.destroy();
    await call.write(Buffer.from(encodeExited(exitCode)));
    call.finish();
  } finally {
    attachment.detach();
  }
};

async function takeFrames(call: Call, terminal: Terminal, attachment: Attachment): Promise<void> {
  const frames = new FrameReader(FRAME);
  for await (const chunk of call.body()) {
    for (const { type, payload } of frames.read(chunk)) {
      // Awaited for backpressure: input that the program does not read stops the sender and is not buffered.
      if (type === FRAME.input) await terminal.write(payload);
      else if (type === FRAME.size) terminal.resize(sane(decodeSize(payload)));
      else if (type === FRAME.received) attachment.received(decodeReceived(payload));
    }
  }
}

const sane = ({ columns, rows }: { columns: number; rows: number }) => ({
  columns: Math.min(Math.max(columns, 1), LIMITS.terminalColumnsMax),
  rows: Math.min(Math.max(rows, 1), LIMITS.terminalRowsMax),
});

function sizeIn(field: string, value: unknown, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new DomainError("invalid_input", `"${field}" must be a whole number from 1 to ${max}.`);
}
