import { existsSync } from "node:fs";
import {
  type BackendLogRecord,
  type BackendOptions,
  type MemoryBackendOptions,
  openDockerBackend,
  openEc2Backend,
  openLocalBackend,
  openMemoryBackend,
  type SealedBackend,
} from "@berth/backends";
import type { BackendKind } from "@berth/domain";
import type { Log } from "@berth/services";
import { type Ec2Env, type Env, EnvError, wantedBackends } from "./env.ts";

const DOCKER_SOCKET = "/var/run/docker.sock";

interface BackendsContext extends Omit<BackendOptions, "log"> {
  environment: Record<string, string | undefined>;
  directoryId: string;
  startDaemon: MemoryBackendOptions["startDaemon"];
  log: Log;
}

/** Opens the requested backends that are available on this host, in order of preference. */
export async function openBackends(
  env: Env,
  { log, environment, directoryId, startDaemon, ...common }: BackendsContext,
): Promise<SealedBackend[]> {
  const options: BackendOptions = { ...common, log: (record: BackendLogRecord) => log("info", record) };
  const open: Record<BackendKind, () => SealedBackend | null | Promise<SealedBackend>> = {
    ec2: () => {
      if (env.ec2) return openEc2Backend({ ...options, ...ec2Options(env.ec2) });
      if (env.backends === "auto") return null;
      throw new EnvError("BERTH_BACKENDS names ec2. Set AWS_REGION, BERTH_EC2_AMI and BERTH_EC2_SUBNET_ID too.");
    },
    docker: () => {
      const mayBeThere = env.backends !== "auto" || env.dockerHost !== null || existsSync(DOCKER_SOCKET);
      return mayBeThere ? openDockerBackend({ ...options, ...dockerOptions(env) }) : null;
    },
    local: () => openLocalBackend({ ...options, directoryId, environment }),
    memory: () => openMemoryBackend({ ...options, startDaemon }),
  };
  const opened = await Promise.all(wantedBackends(env).map((kind) => open[kind]()));
  return opened.filter((backend) => backend !== null);
}

const dockerOptions = (env: Env) => ({
  ...(env.dockerHost === null ? {} : { host: env.dockerHost }),
  ...(env.dockerImage === null ? {} : { defaultImage: env.dockerImage }),
});

const ec2Options = ({ instanceType, ...where }: Ec2Env) => ({
  ...where,
  ...(instanceType === null ? {} : { instanceType }),
});
