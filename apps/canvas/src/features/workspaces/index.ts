export {
  useExpectedDuration,
  useIsDiskFull,
  useOperations,
  useRefreshWorkspace,
  useSnapshot,
  useSystem,
  useWorkspace,
} from "./queries.ts";
export { useMoveTogether, useUpdateWorkspace } from "./update-workspace.ts";
export { type MachineVerb, promptForName, useMachineVerb, useRestoreWorkspace } from "./verbs.ts";
