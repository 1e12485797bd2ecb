import type { AppRouter } from "@berth/routers";
import { createTRPCClient, httpLink, httpSubscriptionLink, retryLink, splitLink, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { isWorthRetrying } from "./problem.ts";
import { randomId } from "./random-id.ts";

const MUTATION_RETRIES = 3;
const KEY = "idempotencyKey";

/** One key for one action of a person. It stands above the retries, so a repeated request is seen as the same one. */
const idempotencyLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const context = op.type === "mutation" ? { ...op.context, [KEY]: randomId() } : op.context;
      return next({ ...op, context }).subscribe(observer);
    });

/** A page that goes away takes its requests along, except these. */
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
          // Queries are retried by the query cache, which also knows when nobody looks any more.
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

/** An operation that runs takes longer than a retry should wait: only a lost answer is worth repeating at once. */
const isWorthRetryingNow = (error: unknown): boolean => isWorthRetrying(error) && !hasProblem(error);
const hasProblem = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "data" in error && Boolean(error.data);
