"use client";

import { createPendingCommand } from "../commands/pending-command.ts";
import { openWorkspace } from "../url/url-state.ts";
import { navigate } from "../url/use-url-state.ts";

/** Opens the boot log in the details of a workspace. */
export const bootLogCommand = createPendingCommand<{ workspaceId: string }>();

export function showBootLog(workspaceId: string): void {
  navigate((state) => ({ ...openWorkspace(state, workspaceId), tab: "details" }));
  bootLogCommand.send({ workspaceId });
}
