export { isDatabaseDiskFull, isDatabaseUnavailable } from "@berth/db";
export {
  authenticate,
  authenticateDaemon,
  type Credentials,
  isTokenLive,
  ownerActor,
} from "./access/authenticate.ts";
export { type HoldsSecret, keyReused, once } from "./access/idempotency.ts";
export { enrol, instanceBootOf, recordBootStep } from "./access/instance-boot.ts";
export { createSignInCode, signInWithCode, signInWithToken, signOut } from "./access/sessions.ts";
export { createToken, listTokens, revokeToken, tokenShownOnce } from "./access/tokens.ts";
export { type BackendCatalog, type CatalogEntry, openCatalog } from "./backends/catalog.ts";
export { type CanvasSnapshot, canvasSnapshot, saveLayout, saveViewport } from "./canvas/canvas.ts";
export {
  commandOutput,
  getCommand,
  listCommands,
  signalCommand,
  type TrackedOutput,
  writeCommand,
} from "./commands/commands.ts";
export { type Exec, type ExecLine, execCommand, runCommand, startCommand } from "./commands/run.ts";
export type { Deps, LifecycleDeps, Settings } from "./deps.ts";
export { followEvents, listEvents } from "./events/feed.ts";
export {
  copyFile,
  deleteFile,
  listFiles,
  makeDirectory,
  moveFile,
  openFileRoute,
  openVolumeRoute,
  readFile,
  searchFiles,
  statFile,
  writeFile,
  writtenOf,
} from "./files/files.ts";
export { streamSearch, watchFiles } from "./files/follow.ts";
export type { Log } from "./log.ts";
export { confirmRetention, getRetention, retentionNow } from "./loops/expiry-hold.ts";
export { type Reconciler, startReconciler } from "./loops/reconciler.ts";
export type { LoopHealth } from "./loops/run-loop.ts";
export { canvasMetrics, workspaceMetrics } from "./metrics/metrics.ts";
export { Samples } from "./metrics/samples.ts";
export { expectedDurations, getOperation, listOperations } from "./operations/operations.ts";
export { requestAutomaticRestart } from "./operations/recover.ts";
export {
  type AccessCredential,
  byToken,
  createPreviewCode,
  openPreviewSession,
  type PortAccess,
  previewAccess,
} from "./ports/access.ts";
export { previewOfHost, previewOrigin, previewScheme, SHARE_PARAMETER } from "./ports/addresses.ts";
export { listPorts, openPort, type PortPlace } from "./ports/ports.ts";
export { revokeShare, sharePort } from "./ports/shares.ts";
export { type Daemons, openDaemons } from "./replicas/daemons.ts";
export { runReplicaQuery } from "./replicas/queries.ts";
export { openReplicas, type Replicas } from "./replicas/replicas.ts";
export { systemInfo } from "./system/system.ts";
export { attachTerminal, closeTerminal, createTerminal, listTerminals } from "./terminals/terminals.ts";
export { openStores } from "./volumes/stores.ts";
export { adoptVolume, eraseVolume, getReceipt, getVolume, listVolumes } from "./volumes/volumes.ts";
export { createWorkspace } from "./workspaces/create.ts";
export { previewDelete, requestDelete } from "./workspaces/delete.ts";
export { agentLog, bootLog } from "./workspaces/logs.ts";
export { getWorkspace, listWorkspaces } from "./workspaces/read.ts";
export { restoreWorkspace } from "./workspaces/restore.ts";
export { configureWorkspace, updateWorkspace } from "./workspaces/update.ts";
export { type PlainVerb, requestVerb } from "./workspaces/verbs.ts";
