import { type Action, type Actor, DomainError } from "@berth/domain";
import { type Deps, type HoldsSecret, once } from "@berth/services";
import { initTRPC } from "@trpc/server";
import { admit, type RequestContext } from "./context.ts";
import { errorShape, problemOf, toTrpcError } from "./problems.ts";

const t = initTRPC.context<RequestContext>().create({
  isDev: false,
  sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
  errorFormatter: ({ shape, error }) => errorShape(problemOf(error), shape.data.path ?? null),
});

export const { router, createCallerFactory } = t;

/** `next()` resolves to `{ ok: false }` on failure and never rejects, so a try/catch here would be dead code. */
const mapDomainErrors = t.middleware(async ({ ctx, next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause, code } = result.error;
  if (cause instanceof DomainError) throw toTrpcError(cause);
  // The error of an aborted call hides why it was aborted: Berth is stopping.
  const { reason } = ctx.signal;
  if (code === "INTERNAL_SERVER_ERROR" && reason instanceof DomainError) throw toTrpcError(reason);
  return result;
});

/** `ACCESS` has the required access by procedure path. A procedure without an entry is refused. */
const admitted = t.middleware(async ({ ctx, path, getRawInput, next }) => {
  const actor = admit(ctx, path as Action, workspaceNamed(await getRawInput()));
  return next({ ctx: { ...ctx, actor } });
});

/** The workspace in an input: `workspaceId`, or `id` in the procedures of a workspace. */
export function workspaceNamed(input: unknown): string | undefined {
  const { workspaceId, id } = (input ?? {}) as { workspaceId?: unknown; id?: unknown };
  if (typeof workspaceId === "string") return workspaceId;
  return typeof id === "string" ? id : undefined;
}

export const procedure = t.procedure.use(mapDomainErrors).use(admitted);

/** Mutations that grow Berth's own state. On a full disk the remaining space is for deletes and erases. */
const NEEDS_SPACE: ReadonlySet<string> = new Set<Action>([
  "workspaces.create",
  "workspaces.update",
  "workspaces.configure",
  "workspaces.restore",
  "volumes.adopt",
  "tokens.create",
  "canvas.saveLayout",
]);

interface MutationArguments<Input> {
  ctx: Pick<RequestContext, "deps" | "idempotencyKey" | "signal" | "disk"> & { actor: Actor };
  input: Input;
  path: string;
}

/** The error for a replay of a response that contained a secret. Required by the type for such outputs. */
type SecretArguments<Output> = Output extends HoldsSecret ? [shownOnce: (output: Output) => DomainError] : [];

/** Runs a mutation once per `Idempotency-Key`, if the caller sends one. */
export const mutate =
  <Input, Output>(
    work: (
      deps: Deps,
      actor: Actor,
      input: Input,
      signal: AbortSignal,
      /** For work that goes on outside Berth, where a retry must find it again. */
      idempotencyKey: string | null,
    ) => Promise<Output>,
    ...secretArguments: SecretArguments<Output>
  ) =>
  ({ ctx, input, path }: MutationArguments<Input>): Promise<Output> => {
    if (NEEDS_SPACE.has(path)) ctx.disk.requireSpace();
    const run = () => work(ctx.deps, ctx.actor, input, ctx.signal, ctx.idempotencyKey);
    if (ctx.idempotencyKey === null) return run();
    const [shownOnce] = secretArguments as [((output: Output) => DomainError)?];
    const request = { key: ctx.idempotencyKey, action: path, input, ...(shownOnce ? { shownOnce } : {}) };
    return once(ctx.deps, ctx.actor, request, run);
  };

interface QueryArguments<Input> {
  ctx: { deps: Deps; actor: Actor; signal: AbortSignal };
  input: Input;
}

/** A query: one service call. */
export const query =
  <Input, Output>(work: (deps: Deps, actor: Actor, input: Input, signal: AbortSignal) => Promise<Output>) =>
  ({ ctx, input }: QueryArguments<Input>): Promise<Output> =>
    work(ctx.deps, ctx.actor, input, ctx.signal);
