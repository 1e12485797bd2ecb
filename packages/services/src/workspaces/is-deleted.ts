import type { WorkspaceRow } from "@berth/db";
import { DomainError } from "@berth/domain";

/** Its record and perhaps its data are still there, so "not found" would be wrong. */
export const isDeleted = ({ id, name, status }: Pick<WorkspaceRow, "id" | "name" | "status">): DomainError =>
  new DomainError("illegal_transition", `"${name}" is ${status}. Restore it first, while its data is retained.`, {
    details: { workspaceId: id, status, allowed: ["restore"] },
  });
