import type { BackendKind } from "@berth/domain";
import { startCommandsLoop } from "../commands/record-ends.ts";
import type { LifecycleDeps } from "../deps.ts";
import { startWorker, type WorkerOptions } from "../operations/worker.ts";
import { startTerminalsLoop } from "../terminals/record-ends.ts";
import { startBrowseLoop } from "./browse.ts";
import type { ReadClock } from "./expiry-hold.ts";
import { startHeartbeatLoop, startMeasureLoop } from "./heartbeats.ts";
import { startHousekeepingLoop } from "./housekeeping.ts";
import { type ObserveTimings, startObserveLoop } from "./observe.ts";
import { startRetentionLoop } from "./retention.ts";
import type { LoopHealth } from "./run-loop.ts";
import { startSweepLoop } from "./sweep.ts";

export interface ReconcilerOptions extends WorkerOptions {
  /** A clock for tests of the retention. */
  readClock?: ReadClock;
  observe?: ObserveTimings;
}

export interface Reconciler {
  loops(): LoopHealth[];
  /** The number of surplus instances of workspaces, by backend. */
  duplicateMachines(): ReadonlyMap<BackendKind, number>;
  /** The number of instances without a row, by backend. */
  untracked(): ReadonlyMap<BackendKind, number>;
  /** Ends every loop and releases the leases. Instances keep running. */
  stop(): Promise<void>;
}

/** Starts the worker, which runs requested operations, and all periodic loops. */
export function startReconciler(deps: LifecycleDeps, options: ReconcilerOptions): Reconciler {
  const worker = startWorker(deps, options);
  const observe = startObserveLoop(deps, options.observe);
  const sweep = startSweepLoop(deps);
  const loops = [
    observe,
    sweep,
    startBrowseLoop(deps),
    startRetentionLoop(deps, options.readClock),
    startHeartbeatLoop(deps),
    startMeasureLoop(deps),
    startTerminalsLoop(deps),
    startCommandsLoop(deps),
    startHousekeepingLoop(deps),
  ];
  return {
    loops: () => loops.map((loop) => loop.health()),
    duplicateMachines: observe.duplicates,
    untracked: sweep.untracked,
    async stop() {
      await Promise.all([worker.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}
