import type { BackendKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { startHousekeepingLoop } from "../loops/housekeeping.ts";
import type { LoopHealth } from "../loops/run-loop.ts";
import { startTerminalsLoop } from "../terminals/record-ends.ts";
import { startBrowseLoop } from "./browse.ts";
import type { ReadClock } from "./expiry-hold.ts";
import { startHeartbeatLoop, startMeasureLoop } from "./heartbeats.ts";
import { type ObservePace, startObserveLoop } from "./observe.ts";
import { startRetentionLoop } from "./retention.ts";
import { startSweepLoop } from "./sweep.ts";
import { startWorker, type WorkerOptions } from "./worker.ts";

export interface ReconcilerOptions extends WorkerOptions {
  /** Another clock for the retention. */
  readClock?: ReadClock;
  observe?: ObservePace;
}

export interface Reconciler {
  loops(): LoopHealth[];
  /** Machines more than one for a workspace, by backend. */
  duplicateMachines(): ReadonlyMap<BackendKind, number>;
  /** Machines that no row speaks of, by backend. */
  strangers(): ReadonlyMap<BackendKind, number>;
  /** Ends every loop and lets go of what it holds. Machines keep running. */
  stop(): Promise<void>;
}

/** Everything that makes what should be so: the worker for requests, and the loops that look by themselves. */
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
    startHousekeepingLoop(deps),
  ];
  return {
    loops: () => loops.map((loop) => loop.health()),
    duplicateMachines: observe.duplicates,
    strangers: sweep.strangers,
    async stop() {
      await Promise.all([worker.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}
