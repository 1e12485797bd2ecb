import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";

/** Limits how much is read from a client after its response: enough for it to see the response, but bounded. */
const DRAIN_BYTES_MAX = 256 * 1024 * 1024;
const DRAIN_MS_MAX = 30_000;

/**
 * Handles responses that are sent before the request has ended. Many clients send their whole body before they read, and
 * closing a connection with unread bytes resets it, which discards the response. So the response is sent at once, the
 * rest of the body is drained up to a limit, and then the connection is closed.
 */
export function drainAfterEarlyResponses(app: FastifyInstance): void {
  app.addHook("onSend", async ({ raw }, reply, payload) => {
    const isWhole = payload === undefined || payload === null || typeof payload === "string";
    if (!isWhole || !isStillSending(raw)) return payload;
    const text = payload ?? "";
    reply.header("connection", "close").header("content-length", Buffer.byteLength(text));
    return Readable.from(
      respondThenDrain(raw, text, () => reply.raw.flushHeaders()),
      { objectMode: false },
    );
  });
}

function isStillSending(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  return hasBody && !request.readableEnded && !request.destroyed;
}

async function* respondThenDrain(request: IncomingMessage, text: string, flush: () => void): AsyncGenerator<Buffer> {
  flush();
  // With the content-length header, the client has its complete response now.
  if (text !== "") yield Buffer.from(text);
  await drained(request);
}

async function drained(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAIN_MS_MAX);
  let bytes = 0;
  // Detach earlier readers now, because a later `unpipe` would pause the request again.
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
