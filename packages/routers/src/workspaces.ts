import {
  bootLogInput,
  configureWorkspaceInput,
  createWorkspaceInput,
  deletePreviewInput,
  deleteWorkspaceInput,
  listWorkspacesInput,
  restoreWorkspaceInput,
  updateWorkspaceInput,
  verbInput,
  workspaceIdInput,
  workspaceMetricsInput,
} from "@berth/domain";
import {
  agentLog,
  bootLog,
  configureWorkspace,
  createWorkspace,
  getWorkspace,
  listWorkspaces,
  type PlainVerb,
  previewDelete,
  requestDelete,
  requestVerb,
  restoreWorkspace,
  updateWorkspace,
  workspaceMetrics,
} from "@berth/services";
import { mutate, procedure, query, router } from "./trpc.ts";

const verb = (name: PlainVerb) =>
  procedure.input(verbInput).mutation(mutate((deps, actor, input) => requestVerb(deps, actor, name, input)));

export const workspacesRouter = router({
  create: procedure
    .input(createWorkspaceInput)
    .mutation(mutate((deps, actor, input) => createWorkspace(deps, actor, input))),
  get: procedure.input(workspaceIdInput).query(query(getWorkspace)),
  list: procedure.input(listWorkspacesInput.prefault({})).query(query(listWorkspaces)),
  update: procedure.input(updateWorkspaceInput).mutation(mutate(updateWorkspace)),
  configure: procedure.input(configureWorkspaceInput).mutation(mutate(configureWorkspace)),
  restart: verb("restart"),
  pause: verb("pause"),
  resume: verb("resume"),
  hibernate: verb("hibernate"),
  wake: verb("wake"),
  deletePreview: procedure.input(deletePreviewInput).query(query(previewDelete)),
  delete: procedure.input(deleteWorkspaceInput).mutation(mutate(requestDelete)),
  restore: procedure.input(restoreWorkspaceInput).mutation(mutate(restoreWorkspace)),
  bootLog: procedure.input(bootLogInput).query(query(bootLog)),
  metrics: procedure.input(workspaceMetricsInput).query(query(workspaceMetrics)),
  agentLog: procedure.input(bootLogInput).query(query(agentLog)),
});
