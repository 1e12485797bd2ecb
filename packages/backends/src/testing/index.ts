export { bundleDaemon } from "@berth/daemon";
export { startDaemon } from "@berth/daemon/start";
export type { Backend } from "../backend.ts";
export { connectDocker } from "../docker/engine.ts";
export type { MemoryFaults } from "../memory/faults.ts";
export { createMemoryBackend, type MemoryBackend } from "../memory/index.ts";
export { SealedBackend } from "../sealed-backend.ts";
export { MISBEHAVIOURS, type Misbehaviour } from "../tunnel/testing/misbehaviours.ts";
export { describeContract } from "./contract.ts";
export {
  bringOnline,
  type ContractHarness,
  type ContractSubject,
  claimStore,
  newSpec,
  newVolume,
  orderFor,
  problem,
  provisionOptions,
  removeEverything,
  startStopped,
} from "./contract-harness.ts";
export { ensureTestImage, TEST_IMAGES } from "./docker-test-image.ts";
export { listAccount, listLeftovers } from "./ec2/account.ts";
export { type Ec2Harness, openAwsHarness, openEc2Harness } from "./ec2/harness.ts";
export { findEc2HarnessForTests } from "./ec2/require-ec2-harness.ts";
export { findSubjectsForTests } from "./find-subjects.ts";
export { HOSTILE_DAEMON } from "./hostile-daemon-program.ts";
export { inContainer } from "./in-container.ts";
export { findDockerForTests } from "./require-docker.ts";
export { seeded } from "./seeded.ts";
export { findSmallDiskForTests, openSmallDisk, type SmallDisk } from "./small-disk.ts";
export { findTestStores, type StoreKind } from "./stores/find-test-stores.ts";
export type { EndCondition, TestStore } from "./stores/test-store.ts";
export { dockerSubject, localSubject, memorySubject } from "./subjects.ts";
export { DaemonFiles, Sentinels, TunnelHarness } from "./tunnel-harness.ts";
