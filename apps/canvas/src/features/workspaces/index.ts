export {
  type MachineVerb,
  useExpectedDuration,
  useMachineVerb,
  useOperations,
  useRefreshWorkspace,
  useRestoreWorkspace,
  useSnapshot,
  useSystem,
  useWorkspace,
} from "./queries.ts";
export { useMoveTogether, useUpdateWorkspace } from "./update-workspace.ts";
