import { DomainError, isProblem, type Problem } from "@berth/domain";
import type { AppRouter } from "@berth/routers";
import {
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  retryLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
} from "@trpc/client";
import { EventSource } from "eventsource";
import { requestHeaders } from "./request-headers.ts";

export {
  type CommandBytes,
  commandBytes,
  type ExecBody,
  type ExecMessage,
  type ExecOptions,
  execCommand,
} from "./command.ts";
export { type FollowCommandOptions, type FollowMessage, followCommand } from "./follow-command.ts";
export { requestHeaders } from "./request-headers.ts";
export { type AttachedTerminal, type AttachTerminalOptions, attachTerminal, type TerminalEnd } from "./terminal.ts";

export interface BerthClientOptions {
  /** The base URL of Berth, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** An owner, org or workspace token. */
  token: string;
  /** For a Berth with `BERTH_ORG_ID`: the org that every request names. */
  orgId?: string | undefined;
}

export type BerthClient = TRPCClient<AppRouter>;

/** Per call: `{ context: { idempotencyKey: "…" } }` makes a mutation idempotent. */
export interface CallContext {
  idempotencyKey?: string;
}

const RECONNECT_MS_MAX = 10_000;

/** The typed client with every procedure of the API, for agents and scripts. Plain JSON on the wire. */
export function createBerthClient(options: BerthClientOptions): BerthClient {
  const identity = requestHeaders(options);
  const endpoint = new URL("/trpc", options.url).href;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: [
          // Resumes after the last received event, regardless of what broke the connection. Only a non-retryable
          // problem ends it.
          retryLink({
            retry: ({ error }) => problemFrom(error)?.retryable ?? true,
            retryDelayMs: (attempt) => Math.min(200 * 2 ** attempt, RECONNECT_MS_MAX),
          }),
          httpSubscriptionLink({
            url: endpoint,
            EventSource,
            eventSourceOptions: () => ({
              fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...identity } }),
            }),
          }),
        ],
        false: httpLink({
          url: endpoint,
          headers({ op }) {
            const { idempotencyKey } = op.context as CallContext;
            return { ...identity, ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }) };
          },
        }),
      }),
    ],
  });
}

/** The problem of a failed call: its code, a sentence for a person, and whether to retry. Null for any other error. */
export function problemFrom(error: unknown): Problem | null {
  if (error instanceof DomainError) return error.problem;
  if (!(error instanceof TRPCClientError)) return null;
  const { problem } = (error.data ?? {}) as { problem?: unknown };
  return isProblem(problem) ? problem : null;
}
