import type { MemoryBackend } from "@berth/backends/testing";
import type { Harness } from "./harness.ts";

export { breakCalls } from "./break-calls.ts";
export { copyDatabase } from "./copy-database.ts";
export { ProcessCrashed } from "./crashing-pool.ts";
export { fakeManifests } from "./fake-manifests.ts";
export { type Harness, type HarnessOptions, openHarness, openHarnessOver } from "./harness.ts";
export { type GatewayCall, type Replica, type ReplicaOptions, watchGateway } from "./replica.ts";
export * from "./scenario.ts";
export { type SeededVolume, type SeededVolumes, StoreFixture } from "./store-fixture.ts";
export { countSweeps, quarantined, volumeEvents, waitForSweeps, wasLogged } from "./sweeps.ts";

/** A harness over the memory backend, which can inject faults. */
export type MemoryHarness = Harness<MemoryBackend>;
