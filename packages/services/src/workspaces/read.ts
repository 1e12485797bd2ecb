import { findWorkspaceView, listWorkspaceViews, type WorkspaceRow } from "@berth/db";
import { type Actor, DomainError, type ListWorkspacesInput, notFound, type Workspace } from "@berth/domain";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Deps } from "../deps.ts";
import { presentWorkspace } from "./present.ts";

export async function getWorkspace(deps: Deps, actor: Actor, { id }: { id: string }): Promise<Workspace> {
  const view = await findWorkspaceView(deps.db, actor.orgId, id);
  if (!view) throw notFound("The workspace");
  return presentWorkspace(view, deps.settings.graceHours);
}

/** Newest first. */
export async function listWorkspaces(deps: Deps, actor: Actor, input: ListWorkspacesInput) {
  const { cursor, limit, ...filter } = input;
  const before = decodeCursor(cursor);
  const rows = await listWorkspaceViews(deps.db, { ...filter, orgId: actor.orgId, before, limit: limit + 1 });
  return toPage(
    rows,
    limit,
    ({ workspace }) => workspace,
    (view) => presentWorkspace(view, deps.settings.graceHours),
  );
}

/** Not `not_found`, because the record of a deleted workspace still exists, and perhaps its data. */
export const workspaceDeleted = ({ id, name, status }: Pick<WorkspaceRow, "id" | "name" | "status">): DomainError =>
  new DomainError("illegal_transition", `"${name}" is ${status}. Restore it first, while its data is retained.`, {
    details: { workspaceId: id, status, allowed: ["restore"] },
  });
