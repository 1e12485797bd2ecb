export { type Bench, type BenchOptions, openBench } from "./bench.ts";
export { ProcessDied } from "./mortal-pool.ts";
export { type Replica, type ReplicaOptions, watchDoor } from "./replica.ts";
export * from "./scenario.ts";
