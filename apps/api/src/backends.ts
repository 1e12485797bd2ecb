import { existsSync } from "node:fs";
import {
  type Backend,
  type BackendLogRecord,
  type BackendOptions,
  createDockerBackend,
  createLocalBackend,
  createMemoryBackend,
  type Ec2BackendOptions,
} from "@berth/backends";
import { startDaemon } from "@berth/daemon/start";
import type { BackendKind } from "@berth/domain";
import type { Log } from "@berth/services";
import { type Ec2Env, type Env, EnvError, wantedBackends } from "./env.ts";

const DOCKER_SOCKET = "/var/run/docker.sock";

interface Surroundings extends Omit<BackendOptions, "log"> {
  environment: Record<string, string | undefined>;
  directoryId: string;
  log: Log;
}

/** Opens what is wanted and can be had here, in order of preference. */
export async function openBackends(
  env: Env,
  { log, environment, directoryId, ...common }: Surroundings,
): Promise<Backend[]> {
  const options: BackendOptions = { ...common, log: (record: BackendLogRecord) => log("info", record) };
  const open: Record<BackendKind, () => Backend | null | Promise<Backend>> = {
    ec2: () => {
      if (env.ec2) return openEc2({ ...options, ...ec2Options(env.ec2) });
      if (env.backends === "auto") return null;
      throw new EnvError("BERTH_BACKENDS names ec2. Set AWS_REGION, BERTH_EC2_AMI and BERTH_EC2_SUBNET_ID too.");
    },
    docker: () => {
      const mayBeThere = env.backends !== "auto" || env.dockerHost !== null || existsSync(DOCKER_SOCKET);
      return mayBeThere ? createDockerBackend({ ...options, ...dockerOptions(env) }) : null;
    },
    local: () => createLocalBackend({ ...options, directoryId, environment }),
    memory: () => createMemoryBackend({ ...options, startDaemon }),
  };
  const opened = await Promise.all(wantedBackends(env).map((kind) => open[kind]()));
  return opened.filter((backend) => backend !== null);
}

/** Amazon's client is ten times the rest of the API, so it is loaded where it is used and nowhere else. */
async function openEc2(options: Ec2BackendOptions): Promise<Backend> {
  const { createEc2Backend } = await import("@berth/backends/ec2");
  return createEc2Backend(options);
}

const dockerOptions = (env: Env) => ({
  ...(env.dockerHost === null ? {} : { host: env.dockerHost }),
  ...(env.dockerImage === null ? {} : { defaultImage: env.dockerImage }),
});

const ec2Options = ({ instanceType, ...where }: Ec2Env) => ({
  ...where,
  ...(instanceType === null ? {} : { instanceType }),
});
