import type { MemoryBackend } from "@berth/backends/testing";
import type { Bench } from "./bench.ts";

export { answerManifests } from "./answer-manifests.ts";
export { type Bench, type BenchOptions, openBench, openBenchOver } from "./bench.ts";
export { breakCalls } from "./break-calls.ts";
export { ProcessDied } from "./mortal-pool.ts";
export { type GatewayCall, type Replica, type ReplicaOptions, watchGateway } from "./replica.ts";
export * from "./scenario.ts";
export { countSweeps, moreSweeps, quarantined, told, wasLogged } from "./sweeps.ts";

/** With faults that a test can ask for. */
export type MemoryBench = Bench<MemoryBackend>;
