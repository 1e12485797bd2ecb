import type { Readable } from "node:stream";
import type { DAEMON_ROUTES, DaemonBytesCall, DaemonJsonCall, DaemonLinesCall } from "@berth/domain";
import { DomainError } from "@berth/domain";

/** One call to a daemon. Undefined `query` values are omitted. */
export interface DaemonCall {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  route: (typeof DAEMON_ROUTES)[keyof typeof DAEMON_ROUTES];
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /**
   * A stream is read only as fast as the daemon accepts it. When the daemon responds before its end, the rest stays
   * unread, and the caller must drain or destroy it.
   */
  body?: Readable | Buffer;
  /** Cancels the call: the daemon sees its stream reset and stops working. */
  signal?: AbortSignal;
}

/** `DaemonCall` for one row of a table of responses, e.g. `"GET /status"`. */
export type CallOf<Row extends string> = Row extends `${infer Method} ${infer Route}`
  ? DaemonCall & { method: Method; route: Route }
  : never;

/** The row of the tables that a call belongs to. */
export type RowOf<C> = C extends { method: infer M extends string; route: infer R extends string }
  ? `${M} ${R}` & (DaemonJsonCall | DaemonLinesCall | DaemonBytesCall)
  : never;

/** The headers that the API reads, each validated. All other headers of a daemon are dropped. */
export const RESPONSE_HEADERS = {
  etag: /^(W\/)?"[\x21\x23-\x7e]{0,200}"$/,
  "content-range": /^bytes (\d{1,16}-\d{1,16}|\*)\/(\d{1,16}|\*)$/,
  "content-length": /^\d{1,16}$/,
  "accept-ranges": /^(bytes|none)$/,
  "last-modified": /^[\w ,:+-]{1,60}$/,
  "upload-offset": /^\d{1,16}$/,
  "terminal-offset": /^\d{1,16}$/,
} as const;

export type DaemonResponseHeaders = Partial<Record<keyof typeof RESPONSE_HEADERS, string>>;

export interface DaemonResponse {
  status: number;
  headers: DaemonResponseHeaders;
  /** Errors, or closes before its end, when the response is incomplete. Use `pipeline` or `for await`. */
  body: Readable;
}

export const connectionLost = (cause?: unknown): DomainError =>
  new DomainError("workspace_not_running", "The connection to the workspace was lost. Try again in a moment.", {
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });

/** @param what a sentence of Berth, without any text from a daemon */
export const misbehaved = (what: string, cause?: unknown): DomainError =>
  new DomainError(
    "workspace_not_running",
    `The workspace's daemon sent a response that Berth does not accept: ${what} Restart the workspace.`,
    cause === undefined ? {} : { cause },
  );

export const tooSlow = (call: Pick<DaemonCall, "method" | "route">): DomainError =>
  new DomainError(
    "workspace_not_running",
    `The workspace's daemon did not respond in time (${call.method} ${call.route}). Try again; if it persists, restart the workspace.`,
    { retryable: true },
  );
