import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { sameName } from "./find-workspace.ts";

interface PickOptions<T> {
  /** The noun in messages. */
  what: string;
  /** The command that lists them all. */
  list: string;
  nameOf(item: T): string;
}

/** Finds an item by its id or its exact name. @throws Failure when there is none, or more than one */
export function pickOne<T extends { id: string }>(
  items: readonly T[],
  nameOrId: string,
  { what, list, nameOf }: PickOptions<T>,
): T {
  const byId = items.find(({ id }) => id === nameOrId.toLowerCase());
  if (byId) return byId;
  const named = items.filter((item) => sameName(nameOf(item), nameOrId));
  const [first, ...others] = named;
  if (first && others.length === 0) return first;
  if (first) {
    const ids = named.map(({ id }) => id);
    throw new Failure(`${named.length} ${what}s are named "${nameOrId}":`, {
      next: `${ids.join("\n")}\nUse an id instead of the name.`,
      exitCode: EXIT.conflict,
      code: "ambiguous_name",
      details: { ids },
    });
  }
  throw new Failure(`No ${what} has the name or id "${nameOrId}".`, {
    next: `List them: ${list}`,
    exitCode: EXIT.notFound,
    code: "not_found",
  });
}
