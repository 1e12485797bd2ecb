export {
  type MachineVerb,
  useMachineVerb,
  useOperations,
  useRefreshWorkspace,
  useRestoreWorkspace,
  useSnapshot,
  useSystem,
  useUpdateWorkspace,
  useWorkspace,
} from "./queries.ts";
