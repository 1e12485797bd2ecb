import { createDockerBackend, type DockerBackendOptions } from "./docker/index.ts";
import type { Ec2BackendOptions } from "./ec2/options.ts";
import { createLocalBackend, type LocalBackendOptions } from "./local/index.ts";
import { createMemoryBackend, type MemoryBackendOptions } from "./memory/index.ts";
import { SealedBackend } from "./sealed-backend.ts";

export const openLocalBackend = (options: LocalBackendOptions): SealedBackend =>
  new SealedBackend(createLocalBackend(options));

export const openDockerBackend = (options: DockerBackendOptions): SealedBackend =>
  new SealedBackend(createDockerBackend(options));

export const openMemoryBackend = (options: MemoryBackendOptions): SealedBackend =>
  new SealedBackend(createMemoryBackend(options));

/** The AWS client is ten times as large as the rest of the API, so it is loaded only when EC2 is enabled. */
export async function openEc2Backend(options: Ec2BackendOptions): Promise<SealedBackend> {
  const { createEc2Backend } = await import("./ec2/index.ts");
  return new SealedBackend(createEc2Backend(options));
}
