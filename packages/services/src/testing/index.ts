import type { MemoryBackend } from "@berth/backends/testing";
import type { Bench } from "./bench.ts";

export { answerManifests } from "./answer-manifests.ts";
export { type Bench, type BenchOptions, openBench, openBenchOver } from "./bench.ts";
export { breakCalls } from "./break-calls.ts";
export { copyDatabase } from "./copy-database.ts";
export { ProcessCrashed } from "./crashing-pool.ts";
export { type GatewayCall, type Replica, type ReplicaOptions, watchGateway } from "./replica.ts";
export * from "./scenario.ts";
export { type Estate, type KeptData, StoreWorld } from "./store-world.ts";
export { countSweeps, moreSweeps, quarantined, volumeEvents, wasLogged } from "./sweeps.ts";

/** A harness over the memory backend, which can inject faults. */
export type MemoryBench = Bench<MemoryBackend>;
