export type {
  BackendHealth,
  BootLog,
  IncarnationRef,
  InstanceObservation,
  InstancePurpose,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
  SurveyedVolume,
  VolumeObservation,
  VolumeOptions,
  VolumePresence,
  VolumeStore,
} from "./backend.ts";
export { type BackendGateway, type BackendReader, type IdentifyStore, openBackendGateway } from "./backend-gateway.ts";
export { DEFAULT_DOCKER_IMAGE, type DockerBackendOptions } from "./docker/index.ts";
export { attemptOf, enrolmentToken } from "./ec2/enrolment.ts";
export { INSTANCE_PARTS, type InstancePart, instanceBoot, openInstanceFile } from "./ec2/instance-files.ts";
export type { Ec2BackendOptions } from "./ec2/options.ts";
export type { LocalBackendOptions } from "./local/index.ts";
export { readLocalStoreId } from "./local/store-marker.ts";
export type { MemoryBackendOptions } from "./memory/index.ts";
export type { StartDaemon } from "./memory/instances.ts";
export { openDockerBackend, openEc2Backend, openLocalBackend, openMemoryBackend } from "./open-backends.ts";
export type { BackendLogRecord, BackendOptions, DaemonProgram, TunnelAddress } from "./options.ts";
export type { SealedBackend } from "./sealed-backend.ts";
export { isStoreProblem } from "./store.ts";
