import type { NewEvent, WorkspaceRow } from "@berth/db";

export const statusEvent = (workspace: WorkspaceRow): NewEvent => ({
  orgId: workspace.orgId,
  type: "workspace.status_changed",
  workspaceId: workspace.id,
  data: { status: workspace.status, generation: workspace.generation },
});
