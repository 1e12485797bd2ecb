import { type Action, type Actor, authorize } from "@berth/domain";
import { appRouter } from "./app-router.ts";
import { workspaceNamed } from "./trpc.ts";

interface ProcedureDefinition {
  _def: { type: string; inputs: readonly { parse(input: unknown): unknown }[] };
}

/** Undefined when there is no procedure of that name. */
export const definitionOf = (path: string): ProcedureDefinition | undefined =>
  Object.hasOwn(appRouter._def.procedures, path)
    ? (appRouter._def.procedures as unknown as Record<string, ProcedureDefinition>)[path]
    : undefined;

export const isSubscription = (path: string): boolean => definitionOf(path)?._def.type === "subscription";

/** The HTTP methods of a procedure; null when there is no procedure of that name. */
export function methodsOfProcedure(path: string): readonly string[] | null {
  const definition = definitionOf(path);
  if (!definition) return null;
  return definition._def.type === "mutation" ? ["POST"] : ["GET", "HEAD"];
}

/**
 * Rejects a subscription before its stream starts, because an error inside the stream comes after status 200.
 *
 * @throws DomainError when the caller has no access; the ZodError for invalid input.
 */
export function rejectSubscription(actor: Actor | null, path: string, input: unknown): void {
  if (!isSubscription(path)) return;
  authorize(actor, path as Action, workspaceNamed(input));
  for (const schema of definitionOf(path)?._def.inputs ?? []) schema.parse(input);
}
