import { problemFrom } from "@berth/client";
import type { Workspace } from "@berth/domain";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Session } from "./session.ts";

export const isId = (text: string): boolean => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
export const sameName = (left: string, right: string): boolean =>
  left.trim().normalize("NFC") === right.trim().normalize("NFC");

const PAGE = 500;

export async function listWorkspaces(
  { berth }: Pick<Session, "berth">,
  filter: { search?: string; includeDeleted?: boolean; status?: Workspace["status"] } = {},
): Promise<Workspace[]> {
  const found: Workspace[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: { items: Workspace[]; nextCursor: string | null } = await berth.workspaces.list.query({
      ...filter,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return found;
  }
}

/** Finds a workspace by its id or its exact name. @throws Failure when there is none, or more than one */
export async function findWorkspace(session: Session, nameOrId: string): Promise<Workspace> {
  if (isId(nameOrId)) {
    const found = await orNull(session.berth.workspaces.get.query({ id: nameOrId }));
    if (found) return found;
  }
  const candidates = await visibleTo(session, nameOrId);
  const named = candidates.filter(({ name }) => sameName(name, nameOrId));
  const [workspace, ...others] = named;
  if (workspace && others.length === 0) return workspace;
  if (workspace) throw ambiguous(session, nameOrId, named);
  throw notFound(nameOrId, candidates);
}

/** A workspace's token may not list, but sees its own workspace. */
async function visibleTo({ berth }: Session, search: string): Promise<Workspace[]> {
  try {
    return await listWorkspaces({ berth }, { search: search.trim().slice(0, 200) });
  } catch (error) {
    if (problemFrom(error)?.code !== "forbidden") throw error;
    const { actor } = await berth.session.get.query();
    return actor.workspaceId ? [await berth.workspaces.get.query({ id: actor.workspaceId })] : [];
  }
}

export const orNull = async <T>(call: Promise<T>): Promise<T | null> => {
  try {
    return await call;
  } catch (error) {
    if (problemFrom(error)?.code === "not_found") return null;
    throw error;
  }
};

function ambiguous({ output }: Session, name: string, found: readonly Workspace[]): Failure {
  const rows = found.map(({ id, status, parentId, createdAt }) => [id, status, parentId ?? "-", createdAt]);
  return new Failure(`${found.length} workspaces are named "${name}":`, {
    next: `${output.table(["ID", "STATUS", "PARENT", "CREATED"], rows)}\nUse an id instead of the name.`,
    exitCode: EXIT.conflict,
    code: "ambiguous_name",
    details: { ids: found.map(({ id }) => id) },
  });
}

function notFound(name: string, similar: readonly Workspace[]): Failure {
  const names = similar.slice(0, 5).map((each) => `"${each.name}"`);
  return new Failure(`No workspace has the ${isId(name) ? "id" : "name"} "${name}".`, {
    next: names.length > 0 ? `Similar names: ${names.join(", ")}` : "List the workspaces: berth ls",
    exitCode: EXIT.notFound,
    code: "not_found",
  });
}
