import { type ClientHttp2Session, type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from "node:http2";
import {
  type BytesResponse,
  DAEMON_BYTES,
  DAEMON_JSON,
  DAEMON_LINES,
  type DaemonBytesCall,
  type DaemonJson,
  type DaemonJsonCall,
  type DaemonLine,
  type DaemonLinesCall,
  DomainError,
  type JsonResponse,
  type LinesResponse,
  readDaemonProblem,
} from "@berth/domain";
import type { InstancePurpose } from "../backend.ts";
import {
  type CallOf,
  connectionLost,
  type DaemonCall,
  type DaemonResponse,
  misbehaved,
  type RowOf,
} from "./daemon-call.ts";
import { type RequestLimits, requestStream } from "./request-stream.ts";
import { parseJson, parseResponse, readBytes, readLines } from "./response-bytes.ts";
import type { TrafficMeter } from "./traffic-meter.ts";

export interface TunnelIdentity {
  workspaceId: string;
  purpose: InstancePurpose;
}

/** A call that another replica forwards. */
export interface ForwardedCall {
  stream: ClientHttp2Stream;
  /** Call it with the number of response bytes as they are read. */
  received(bytes: number): void;
}

export interface DaemonConnection {
  /** The tunnel itself, or the connection to the replica that holds it. */
  http2: Pick<ClientHttp2Session, "closed" | "destroyed" | "ping" | "request">;
  /** The transport of the session; destroying it ends the session. */
  socket: { readonly destroyed: boolean; destroy(): unknown };
  meter: TrafficMeter;
  /** Shortens every deadline in tests; 1 in the product. */
  deadlineScale: number;
}

const PROBLEM_BYTES_MAX = 64 * 1024;
const STALLED_SECONDS_MAX = 120;
/** The time limit of one NDJSON line, from its first byte to its newline. */
const LINE_SECONDS_MAX = 30;

/**
 * One live connection of one incarnation. The peer may share its machine with hostile programs, so responses are read
 * in one of three ways (`json`, `lines`, `bytes`), each with limits from a table in `domain`.
 *
 * All three throw DomainError `workspace_not_running`: retryable when the connection is lost or the daemon is too slow,
 * not retryable when the response breaks the table's rules. A problem that the daemon reports is thrown as a quotation.
 * A cancelled call throws the signal's reason.
 */
export class DaemonSession {
  readonly incarnationId: string;
  readonly workspaceId: string;
  readonly purpose: TunnelIdentity["purpose"];
  readonly connectedAt = new Date();
  readonly #connection: DaemonConnection;

  constructor(incarnationId: string, identity: TunnelIdentity, connection: DaemonConnection) {
    this.incarnationId = incarnationId;
    this.workspaceId = identity.workspaceId;
    this.purpose = identity.purpose;
    this.#connection = connection;
  }

  get closed(): boolean {
    const { http2, socket } = this.#connection;
    return socket.destroyed || http2.closed || http2.destroyed;
  }

  /** Sends `body` as JSON, when given, and returns the response once it has been read and checked completely. */
  async json<C extends CallOf<DaemonJsonCall>>(call: C, body?: object): Promise<DaemonJson<RowOf<C>>> {
    const row: JsonResponse<unknown> = DAEMON_JSON[rowOf(call)];
    const limits = { deadlineSeconds: row.secondsMax, covers: "response", idleSeconds: null } as const;
    const response = await this.#call(withBody(call, body), limits);
    return parseResponse(await readBytes(response.body, row.bytesMax), row) as DaemonJson<RowOf<C>>;
  }

  /** Returns once the headers have arrived. Yields the values as the daemon sends them, at most at the table's rate. */
  async lines<C extends CallOf<DaemonLinesCall>>(
    call: C,
    body?: object,
  ): Promise<AsyncGenerator<DaemonLine<RowOf<C>>>> {
    const row: LinesResponse<unknown> = DAEMON_LINES[rowOf(call)];
    const { headersSecondsMax, idleSecondsMax } = row;
    const limits = { deadlineSeconds: headersSecondsMax, covers: "headers", idleSeconds: idleSecondsMax } as const;
    const response = await this.#call(withBody(call, body), limits);
    return readLines(response.body, row, LINE_SECONDS_MAX * 1000 * this.#connection.deadlineScale) as AsyncGenerator<
      DaemonLine<RowOf<C>>
    >;
  }

  /** Returns once the headers have arrived: 200, 204, 206, 304 or 416. Pass the bytes on without parsing them. */
  async bytes(call: CallOf<DaemonBytesCall>): Promise<DaemonResponse> {
    const row: BytesResponse = DAEMON_BYTES[rowOf(call)];
    const { headersSecondsMax, idleSecondsMax, isDuplex } = row;
    const limits = { deadlineSeconds: headersSecondsMax, covers: "headers", idleSeconds: idleSecondsMax } as const;
    return this.#call(call, { ...limits, isDuplex });
  }

  /** Round-trip time in milliseconds. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(connectionLost());
      const sent = this.#connection.http2.ping((error, milliseconds) =>
        error ? reject(connectionLost(error)) : resolve(milliseconds),
      );
      if (!sent) reject(connectionLost());
    });
  }

  /** Closes the connection at once. The daemon reconnects unless it was asked to stop. */
  end(): void {
    this.#connection.socket.destroy();
  }

  async #call(
    call: DaemonCall,
    limits: {
      deadlineSeconds: number;
      covers: RequestLimits["covers"];
      idleSeconds: number | null;
      isDuplex?: boolean;
    },
  ): Promise<DaemonResponse> {
    call.signal?.throwIfAborted();
    if (this.closed) throw connectionLost();
    const { meter, deadlineScale } = this.#connection;
    const millisecondsOf = (seconds: number) => seconds * 1000 * deadlineScale;
    const stream = this.#openStream(call);
    stream.once("close", meter.recordCall());
    const response = await requestStream(stream, call, {
      deadlineMs: millisecondsOf(limits.deadlineSeconds),
      covers: limits.covers,
      isDuplex: limits.isDuplex ?? false,
      idleMs: limits.idleSeconds === null ? null : millisecondsOf(limits.idleSeconds),
      stalledMs: millisecondsOf(STALLED_SECONDS_MAX),
      received: (bytes) => meter.read(bytes),
    });
    return throwIfRejected(response);
  }

  /** For another replica, which checks the response like one of its own daemons. */
  forward(headers: OutgoingHttpHeaders, endStream: boolean): ForwardedCall {
    const { meter } = this.#connection;
    const stream = this.#request(headers, endStream);
    stream.once("close", meter.recordCall());
    return { stream, received: (bytes) => meter.read(bytes) };
  }

  #openStream(call: DaemonCall): ClientHttp2Stream {
    const headers = { ":method": call.method, ":path": call.route + queryString(call.query), ...call.headers };
    return this.#request(headers, call.body === undefined);
  }

  #request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    try {
      return this.#connection.http2.request(headers, { endStream });
    } catch (error) {
      throw connectionLost(error);
    }
  }
}

const rowOf = <C extends Pick<DaemonCall, "method" | "route">>({ method, route }: C): RowOf<C> =>
  `${method} ${route}` as RowOf<C>;

const withBody = (call: DaemonCall, body: object | undefined): DaemonCall =>
  body === undefined ? call : { ...call, body: Buffer.from(JSON.stringify(body)) };

function queryString(query: DaemonCall["query"]): string {
  if (!query) return "";
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

const { HTTP_STATUS_NOT_MODIFIED, HTTP_STATUS_RANGE_NOT_SATISFIABLE, HTTP_STATUS_NOT_FOUND } = constants;
const STATUSES_TO_PASS_ON: ReadonlySet<number> = new Set([
  constants.HTTP_STATUS_OK,
  constants.HTTP_STATUS_ACCEPTED,
  constants.HTTP_STATUS_NO_CONTENT,
  constants.HTTP_STATUS_PARTIAL_CONTENT,
  HTTP_STATUS_NOT_MODIFIED,
  HTTP_STATUS_RANGE_NOT_SATISFIABLE,
]);

/** 304 and 416 are valid responses; every other status from 400 on carries a problem. */
async function throwIfRejected(response: DaemonResponse): Promise<DaemonResponse> {
  if (STATUSES_TO_PASS_ON.has(response.status)) return response;
  if (response.status < 400) {
    response.body.destroy();
    throw misbehaved(`the status ${response.status}.`);
  }
  const bytes = await readBytes(response.body, PROBLEM_BYTES_MAX);
  // The response to HEAD has no body.
  if (bytes.length === 0 && response.status === HTTP_STATUS_NOT_FOUND) {
    throw new DomainError("not_found", "It was not found.");
  }
  const problem = readDaemonProblem(parseJson(bytes));
  throw problem === null ? misbehaved("an unknown problem.") : DomainError.fromProblem(problem);
}
