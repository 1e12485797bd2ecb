import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import { DomainError, isProblem } from "@berth/domain";
import type { InstancePurpose } from "../backend.ts";
import { connectionLost, type DaemonAnswer, type DaemonCall } from "./daemon-call.ts";
import { requestStream } from "./request-stream.ts";

export interface TunnelIdentity {
  workspaceId: string;
  purpose: InstancePurpose;
}

/** A JSON answer larger than this is a bug of the daemon. */
const JSON_BYTES_MAX = 32 * 1024 * 1024;

/** One live connection of one incarnation. */
export class DaemonSession {
  readonly incarnationId: string;
  readonly workspaceId: string;
  readonly purpose: TunnelIdentity["purpose"];
  readonly connectedAt = new Date();
  readonly #http2: ClientHttp2Session;
  readonly #socket: Duplex;

  /** `socket` is what the session comes over; destroying it ends the session. */
  constructor(incarnationId: string, identity: TunnelIdentity, http2: ClientHttp2Session, socket: Duplex) {
    this.incarnationId = incarnationId;
    this.workspaceId = identity.workspaceId;
    this.purpose = identity.purpose;
    this.#http2 = http2;
    this.#socket = socket;
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#http2.closed || this.#http2.destroyed;
  }

  /**
   * Sends one call and answers as soon as the headers are there, whatever their status.
   *
   * @throws DomainError `workspace_not_running` (retryable) when the connection is lost before the answer;
   *   the signal's reason when it was cancelled.
   */
  request(call: DaemonCall): Promise<DaemonAnswer> {
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    if (this.closed) return Promise.reject(connectionLost());
    return requestStream(this.#openStream(call), call);
  }

  /** Like `request`, and a `{ problem }` answer is thrown as the `DomainError` it was in the daemon. */
  async call(call: DaemonCall): Promise<DaemonAnswer> {
    return throwIfProblem(await this.request(call));
  }

  /** Sends `json` as the body, when given, and returns the parsed answer. The shape is the daemon protocol's word. */
  async json<T>(call: DaemonCall, json?: unknown): Promise<T> {
    const answer = await this.call(json === undefined ? call : { ...call, body: Buffer.from(JSON.stringify(json)) });
    return JSON.parse(await readText(answer.body)) as T;
  }

  /** Round-trip time in milliseconds. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(connectionLost());
      const sent = this.#http2.ping((error, milliseconds) =>
        error ? reject(connectionLost(error)) : resolve(milliseconds),
      );
      if (!sent) reject(connectionLost());
    });
  }

  /** Ends the connection at once. The daemon dials again unless it was told to stop. */
  end(): void {
    this.#socket.destroy();
  }

  #openStream(call: DaemonCall): ClientHttp2Stream {
    const headers = { ":method": call.method, ":path": call.route + queryString(call.query), ...call.headers };
    try {
      return this.#http2.request(headers, { endStream: call.body === undefined });
    } catch (error) {
      throw connectionLost(error);
    }
  }
}

function queryString(query: DaemonCall["query"]): string {
  if (!query) return "";
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** 304 and 416 are answers of their own; every other status from 400 on carries a problem. */
export async function throwIfProblem(answer: DaemonAnswer): Promise<DaemonAnswer> {
  if (answer.status < 400 || answer.status === constants.HTTP_STATUS_RANGE_NOT_SATISFIABLE) return answer;
  throw DomainError.fromProblem(parseProblem(await readText(answer.body), answer.status));
}

function parseProblem(text: string, status: number) {
  try {
    const { problem } = JSON.parse(text) as { problem?: unknown };
    if (isProblem(problem)) return problem;
  } catch {
    // Not JSON (a HEAD has no body at all): fall through.
  }
  if (status === constants.HTTP_STATUS_NOT_FOUND)
    return { code: "not_found", message: "It was not found.", retryable: false } as const;
  return { code: "internal", message: "The workspace answered in an unexpected way.", retryable: false } as const;
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > JSON_BYTES_MAX) throw new Error("The daemon's JSON answer is too large.");
    }
  } catch (error) {
    throw connectionLost(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}
