import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { type Action, DomainError, type FileWritten } from "@berth/domain";
import { type Deps, keyReused, once } from "@berth/services";
import type { FastifyRequest } from "fastify";
import { actorOf } from "../request-actor.ts";

const ACTION: Action = "PUT /files/:workspaceId/:root/*";
const CONDITIONS = ["if-match", "if-none-match"] as const;

interface KeyedPut {
  key: string;
  request: FastifyRequest;
  place: { root: string; path: string };
  body: Readable;
  /** Aborts when the caller disconnects. */
  signal: AbortSignal;
}

interface PutResult {
  written: FileWritten;
}

/**
 * Writes a file once per key. The bytes of a key are only known after they arrive, so a repeated request is read to its
 * end, without buffering, and compared by size and hash before it gets the first response.
 */
export async function idempotentPut(
  deps: Deps,
  { key, request, place, body, signal }: KeyedPut,
  put: (signal: AbortSignal) => Promise<FileWritten>,
): Promise<FileWritten> {
  const actor = await actorOf(deps, request);
  if (!actor) throw new DomainError("unauthenticated", "Sign in first.");
  const { workspaceId } = request.params as { workspaceId: string };
  const conditions = CONDITIONS.map((name) => request.headers[name] ?? null);
  const keyed = {
    key,
    action: ACTION,
    input: { workspaceId, ...place, conditions },
    async confirm({ written }: PutResult) {
      const sent = await digest(body);
      if (sent.size !== written.size || sent.sha256 !== written.sha256) throw keyReused();
    },
  };
  const { written } = await once(deps, actor, keyed, async () => ({ written: await put(untilSent(body, signal)) }));
  return written;
}

/**
 * A caller that disconnects after the last byte may have caused the write, so its result is awaited and stored for a
 * repetition.
 */
function untilSent(body: Readable, signal: AbortSignal): AbortSignal {
  const ended = new AbortController();
  const end = () => {
    if (!body.readableEnded) ended.abort();
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return ended.signal;
}

async function digest(body: Readable): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}
