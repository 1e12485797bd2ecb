import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import type { JsonResponse, LinesResponse } from "@berth/domain";
import { DomainError } from "@berth/domain";
import { connectionLost, misbehaved } from "./daemon-call.ts";

const INITIAL_BYTES = 4096;
/** Rejects bytes that are not UTF-8, which JSON requires. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Copies pieces into one buffer. A list of pieces would keep a whole read buffer for every byte that arrives
 * alone.
 */
class GrowingBuffer {
  #bytes = Buffer.alloc(INITIAL_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** Returns what was added and resets the buffer. The result is valid until the next `add`. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}

/** Reads the whole response. @throws DomainError when it is longer than `bytesMax` or is cut off. */
export async function readBytes(body: Readable, bytesMax: number): Promise<Uint8Array> {
  const bytes = new GrowingBuffer();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (bytes.length + chunk.length > bytesMax) throw misbehaved(`it is longer than ${bytesMax} bytes.`);
      bytes.add(chunk);
    }
  } catch (error) {
    throw asDomainError(error);
  }
  return bytes.take();
}

/** More than any valid response has. Otherwise a schema would report an issue for each of a million invalid values. */
const VALUES_MAX = 30_000;

function hasTooManyValues(response: unknown): boolean {
  const left = [response];
  for (let seen = 1; left.length > 0; ) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    const inner: unknown[] = Object.values(value);
    seen += inner.length;
    if (seen > VALUES_MAX) return true;
    left.push(...inner);
  }
  return false;
}

export function parseResponse<T>(bytes: Uint8Array, { schema }: Pick<JsonResponse<T>, "schema">): T {
  const response = schema.safeParse(parseJson(bytes));
  if (response.success) return response.data;
  const [first] = response.error.issues;
  throw misbehaved(`"${String(first?.path[0] ?? "it")}" is not of the expected type.`, response.error);
}

export function parseJson(bytes: Uint8Array): unknown {
  let response: unknown;
  try {
    response = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw misbehaved("it is not JSON.", error);
  }
  if (hasTooManyValues(response)) throw misbehaved(`it has more than ${VALUES_MAX} values.`);
  return response;
}

const NEWLINE = 10;

/**
 * The values of an NDJSON body, each as soon as its line is complete. A line that began more than `lineMsMax` ago ends
 * the body: otherwise, slow single bytes would keep the caller waiting.
 */
export async function* readLines<T>(body: Readable, response: LinesResponse<T>, lineMsMax: number): AsyncGenerator<T> {
  const line = new GrowingBuffer();
  let lineBeganAt = 0;
  const pace = paceOf(response.linesPerSecondMax);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        addToLine(line, chunk.subarray(from, end), response.lineBytesMax);
        from = end + 1;
        await pace();
        yield parseResponse(line.take(), response);
      }
      if (line.length === 0) lineBeganAt = performance.now();
      addToLine(line, chunk.subarray(from), response.lineBytesMax);
      if (line.length > 0 && performance.now() - lineBeganAt > lineMsMax) {
        throw misbehaved(`it has a line that took longer than ${lineMsMax / 1000} seconds.`);
      }
    }
  } catch (error) {
    throw asDomainError(error);
  }
}

function addToLine(line: GrowingBuffer, piece: Buffer, bytesMax: number): void {
  if (line.length + piece.length > bytesMax) throw misbehaved(`it has a line of more than ${bytesMax} bytes.`);
  line.add(piece);
}

/**
 * Resolves at once until the quota of this second is used up, then with the next second. Nothing is read until then.
 */
function paceOf(perSecondMax: number): () => Promise<void> {
  let windowEndsAt = 0;
  let used = 0;
  return async () => {
    if (performance.now() >= windowEndsAt) {
      windowEndsAt = performance.now() + 1000;
      used = 0;
    }
    used += 1;
    if (used <= perSecondMax) return;
    await new Promise((resolve) => setTimeout(resolve, Math.max(windowEndsAt - performance.now(), 0)));
    windowEndsAt = performance.now() + 1000;
    used = 1;
  };
}

const asDomainError = (error: unknown): unknown => (error instanceof DomainError ? error : connectionLost(error));
