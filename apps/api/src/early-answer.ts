import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";

/** How much longer a sender is read after its answer. It must be able to see the answer, and must not keep us for ever. */
const DRAIN_BYTES_MAX = 256 * 1024 * 1024;
const DRAIN_MS_MAX = 30_000;

/**
 * Answers that come before the end of the request. Many clients send their whole body before they read, and a connection
 * that is closed with unread bytes is reset, which discards the answer. So the answer goes out at once, the rest of the
 * body is read and dropped up to a bound, and only then is the connection closed.
 */
export function drainAfterEarlyAnswers(app: FastifyInstance): void {
  app.addHook("onSend", async ({ raw }, reply, payload) => {
    const isWhole = payload === undefined || payload === null || typeof payload === "string";
    if (!isWhole || !isStillSending(raw)) return payload;
    const text = payload ?? "";
    reply.header("connection", "close").header("content-length", Buffer.byteLength(text));
    return Readable.from(
      answerThenDrain(raw, text, () => reply.raw.flushHeaders()),
      { objectMode: false },
    );
  });
}

function isStillSending(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  return hasBody && !request.readableEnded && !request.destroyed;
}

async function* answerThenDrain(request: IncomingMessage, text: string, flush: () => void): AsyncGenerator<Buffer> {
  flush();
  // The length is in the headers: the client has its whole answer now.
  if (text !== "") yield Buffer.from(text);
  await drained(request);
}

async function drained(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAIN_MS_MAX);
  let bytes = 0;
  // Whatever was reading it has stopped; a later `unpipe` would pause it again.
  request.unpipe();
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES_MAX) resolve();
  });
  for (const end of ["end", "close", "error"]) request.once(end, () => resolve());
  request.resume();
  await promise;
  clearTimeout(timer);
  request.pause();
}
