import type { AppRouter } from "@berth/routers";
import { createTRPCClient, httpLink, httpSubscriptionLink, retryLink, splitLink, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { isWorthRetrying } from "./problem.ts";
import { randomId } from "./random-id.ts";

const MUTATION_RETRIES = 3;
const KEY = "idempotencyKey";

/** One key per user action. It is above the retries, so a retried request has the same key. */
const idempotencyLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const context = op.type === "mutation" ? { ...op.context, [KEY]: randomId() } : op.context;
      return next({ ...op, context }).subscribe(observer);
    });

/** Closing a page aborts its requests, except these. */
let isLeaving = false;
if (typeof window !== "undefined") {
  window.addEventListener("pagehide", () => {
    isLeaving = true;
  });
  window.addEventListener("pageshow", () => {
    isLeaving = false;
  });
}

export const createApiClient = () =>
  createTRPCClient<AppRouter>({
    links: [
      idempotencyLink,
      splitLink({
        condition: (op) => op.type === "subscription",
        true: httpSubscriptionLink({ url: "/trpc" }),
        false: [
          // The query cache retries queries, because it knows which are still in use.
          retryLink({
            retry: ({ op, error, attempts }) =>
              op.type === "mutation" && attempts <= MUTATION_RETRIES && isWorthRetryingNow(error),
            retryDelayMs: (attempt) => 300 * 2 ** attempt,
          }),
          httpLink({
            url: "/trpc",
            fetch: (input, init) => fetch(input, { ...(init as RequestInit), keepalive: isLeaving }),
            headers: ({ op }) => {
              const key = op.context[KEY];
              return typeof key === "string" ? { "idempotency-key": key } : {};
            },
          }),
        ],
      }),
    ],
  });

export type ApiClient = ReturnType<typeof createApiClient>;

/** A running operation outlasts a retry, so only a lost response is retried immediately. */
const isWorthRetryingNow = (error: unknown): boolean => isWorthRetrying(error) && !hasProblem(error);
const hasProblem = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "data" in error && Boolean(error.data);
