import type { WorkspaceRow } from "@berth/db";
import { DomainError } from "@berth/domain";

/** Not `not_found`, because the record and perhaps the data of a deleted workspace still exist. */
export const isDeleted = ({ id, name, status }: Pick<WorkspaceRow, "id" | "name" | "status">): DomainError =>
  new DomainError("illegal_transition", `"${name}" is ${status}. Restore it first, while its data is retained.`, {
    details: { workspaceId: id, status, allowed: ["restore"] },
  });
