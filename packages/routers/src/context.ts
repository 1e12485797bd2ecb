import { type Action, type Actor, authorize } from "@berth/domain";
import type { Deps } from "@berth/services";

/** The context of one request. The adapter creates it; routers only pass it on. */
export interface RequestContext {
  deps: Deps;
  actor: Actor | null;
  /** The `Idempotency-Key` header, on mutations. */
  idempotencyKey: string | null;
  /** @throws DomainError `disk_full` while the disk with Berth's own state is full. */
  requireSpace(): void;
  /** Aborts when the connection ends or Berth stops. */
  signal: AbortSignal;
}

/** Calls `authorize` and narrows the actor. */
export function admit(context: RequestContext, action: Action, workspaceId?: string): Actor {
  authorize(context.actor, action, workspaceId);
  if (!context.actor) throw new Error(`${action} needs no permission but requires an actor.`);
  return context.actor;
}
