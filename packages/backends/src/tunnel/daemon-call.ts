import type { IncomingHttpHeaders } from "node:http2";
import type { Readable } from "node:stream";
import { DomainError } from "@berth/domain";

/** One call to a daemon. `query` values that are undefined are left out. */
export interface DaemonCall {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** One of `DAEMON_ROUTES`. */
  route: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /**
   * A stream is read only as fast as the daemon takes it. When the daemon answers without taking all of it, the rest is
   * left unread for the caller to drain or destroy.
   */
  body?: Readable | Buffer;
  /** Cancels the call: the daemon sees its stream reset and stops working. */
  signal?: AbortSignal;
}

export interface DaemonAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Errors, or closes before its end, when the answer did not arrive whole. Use `pipeline` or `for await`. */
  body: Readable;
}

export const connectionLost = (cause?: unknown): DomainError =>
  new DomainError("workspace_not_running", "The connection to the workspace was lost. Try again in a moment.", {
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
