import { type Action, type Actor, authorize } from "@berth/domain";
import type { Deps } from "@berth/services";

/** What one request brings. The adapter makes it; routers only pass it on. */
export interface RequestContext {
  deps: Deps;
  actor: Actor | null;
  /** The `Idempotency-Key` header, on mutations. */
  idempotencyKey: string | null;
  /** @throws DomainError `disk_full` while the disk of Berth's own state has no room for more. */
  requireSpace(): void;
  /** Ends with the connection. */
  signal: AbortSignal;
}

/** Asks the one authorisation function, and narrows the actor. */
export function admit(context: RequestContext, action: Action, workspaceId?: string): Actor {
  authorize(context.actor, action, workspaceId);
  if (!context.actor) throw new Error(`${action} is open to anyone but wants to know who asks.`);
  return context.actor;
}
