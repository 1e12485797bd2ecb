export * from "./backend.ts";
export { createDockerBackend, DEFAULT_DOCKER_IMAGE, type DockerBackendOptions } from "./docker/index.ts";
export { MACHINE_PARTS, type MachinePart, machineBoot, openMachineFile } from "./ec2/machine-files.ts";
export type { Ec2BackendOptions } from "./ec2/options.ts";
export { createLocalBackend, type LocalBackendOptions } from "./local/index.ts";
export type { MemoryFaults } from "./memory/faults.ts";
export { createMemoryBackend, type MemoryBackend, type MemoryBackendOptions } from "./memory/index.ts";
export type { StartDaemon } from "./memory/instances.ts";
export type { BackendLogRecord, BackendOptions, DaemonProgram, TunnelAddress } from "./options.ts";
