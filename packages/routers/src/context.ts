import { type Action, type Actor, authorize } from "@berth/domain";
import type { Deps } from "@berth/services";

/** The disk with Berth's own state. */
export interface StateDisk {
  /** `ok` is false while the remaining space is reserved for deletes and erases. */
  state(): { ok: boolean; freeBytes: number; totalBytes: number };
  /** @throws DomainError `disk_full` while the disk is full. */
  requireSpace(): void;
}

/** The context of one request. The adapter creates it; routers only pass it on. */
export interface RequestContext {
  deps: Deps;
  actor: Actor | null;
  /** The `Idempotency-Key` header, on mutations. */
  idempotencyKey: string | null;
  disk: StateDisk;
  /** Aborts when the connection ends or Berth stops. */
  signal: AbortSignal;
}

/** Calls `authorize` and narrows the actor. */
export function admit(context: RequestContext, action: Action, workspaceId?: string): Actor {
  authorize(context.actor, action, workspaceId);
  if (!context.actor) throw new Error(`${action} needs no permission but requires an actor.`);
  return context.actor;
}
