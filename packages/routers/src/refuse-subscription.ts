import { type Action, type Actor, authorize } from "@berth/domain";
import { definitionOf, isSubscription } from "./procedure-definition.ts";
import { workspaceNamed } from "./trpc.ts";

/**
 * Rejects a subscription before its stream starts, because an error inside the stream would come after status 200.
 *
 * @throws DomainError when the caller has no access; the ZodError for invalid input.
 */
export function refuseSubscription(actor: Actor | null, path: string, input: unknown): void {
  if (!isSubscription(path)) return;
  authorize(actor, path as Action, workspaceNamed(input));
  for (const schema of definitionOf(path)?._def.inputs ?? []) schema.parse(input);
}
