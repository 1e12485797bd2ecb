import { type Action, type Actor, authorize } from "@berth/domain";
import { definitionOf, isSubscription } from "./procedure-definition.ts";
import { workspaceNamed } from "./trpc.ts";

/**
 * A subscription's refusal would travel inside a stream that has begun with 200. This says it before there is one.
 *
 * @throws DomainError for a caller who may not; the schema's error for input that is not valid.
 */
export function refuseSubscription(actor: Actor | null, path: string, input: unknown): void {
  if (!isSubscription(path)) return;
  authorize(actor, path as Action, workspaceNamed(input));
  for (const schema of definitionOf(path)?._def.inputs ?? []) schema.parse(input);
}
