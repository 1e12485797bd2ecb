export * from "./backend.ts";
export { createDockerBackend, DEFAULT_DOCKER_IMAGE, type DockerBackendOptions } from "./docker/index.ts";
export { createLocalBackend, type LocalBackendOptions } from "./local/index.ts";
export type { BackendLogRecord, BackendOptions, DaemonProgram, TunnelAddress } from "./options.ts";
