import path from "node:path";
import type Docker from "dockerode";
import type { InstanceSpec } from "../backend.ts";
import { bootVariable } from "../daemon-program.ts";
import type { TunnelAddress } from "../options.ts";
import type { ImageMetadata } from "./images.ts";
import { LINK_LOCAL_METADATA } from "./metadata-addresses.ts";
import { containerName, dataVolumeNames, diskVolumeName, LABEL } from "./names.ts";
import { DAEMON_IN_CONTAINER, NODE_IN_CONTAINER, RUNTIME_AT } from "./runtime-volume.ts";
import { TOKEN_AT, TOKEN_FILE } from "./token-file.ts";

export interface LaunchContext {
  installationId: string;
  imageName: string;
  image: ImageMetadata;
  /** By name, because a recreated network has a different id. */
  network: string;
  runtimeVolume: string;
  engineCpus: number;
  tunnel: TunnelAddress;
  /** The engine runs on this host, so the tunnel's socket can be mounted. */
  localEngine: boolean;
}

export const STOP_GRACE_SECONDS = 10;

/** Where the tunnel's folder is mounted on a local engine. */
const TUNNEL_AT = "/run/berth";
const STATE_AT = "/tmp/.berth-state";

/**
 * The capabilities that root keeps in a container. CHOWN, DAC_OVERRIDE, FOWNER and FSETID let it own, change and remove
 * its own files. SETUID, SETGID and KILL let it run programs as another user and end them, like package managers do.
 * `docker-hardening.integration.test.ts` fails without any one of them. Ports below 1024 need none, because the engine
 * lowers that limit. Raw sockets, mounts, devices, tracing and network settings stay unavailable.
 */
const CAPABILITIES_KEPT = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"];

/** The container of one incarnation. Pure: every input is an argument. */
export function containerOptions(spec: InstanceSpec, context: LaunchContext): Docker.ContainerCreateOptions {
  const { home } = context.image.user;
  const isolated = spec.purpose === "browse" && context.localEngine;
  return {
    name: containerName(spec.incarnationId),
    Image: context.image.id,
    Entrypoint: [NODE_IN_CONTAINER],
    Cmd: [DAEMON_IN_CONTAINER],
    WorkingDir: "/workspace",
    // Every process in the container can read this, so the token is not in it.
    Env: [
      `HOME=${home}`,
      `BERTH_TOKEN_FILE=${TOKEN_FILE}`,
      `BERTH_BOOT=${bootVariable(spec, bootOfContainer(context, home))}`,
    ],
    Labels: {
      [LABEL.installation]: context.installationId,
      [LABEL.workspace]: spec.workspaceId,
      [LABEL.incarnation]: spec.incarnationId,
      [LABEL.generation]: String(spec.generation),
      [LABEL.purpose]: spec.purpose,
      [LABEL.image]: context.imageName,
    },
    StopSignal: "SIGTERM",
    StopTimeout: STOP_GRACE_SECONDS,
    // The image's own health check does not apply to the daemon.
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfig(spec, context, isolated),
    ...(isolated ? {} : { NetworkingConfig: { EndpointsConfig: { [context.network]: NETWORK_ENDPOINT } } }),
  };
}

export const NETWORK_ENDPOINT = { IPAMConfig: { LinkLocalIPs: [...LINK_LOCAL_METADATA] } };

function bootOfContainer({ tunnel, localEngine }: LaunchContext, home: string) {
  const socket = path.posix.join(TUNNEL_AT, path.basename(tunnel.socketPath));
  return {
    tunnelUrl: localEngine ? `ws+unix:${socket}:/tunnel` : tunnel.url,
    roots: { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": home },
    stateDirectory: STATE_AT,
    measures: "container" as const,
    tunnelToken: null,
  };
}

function hostConfig(spec: InstanceSpec, context: LaunchContext, isolated: boolean): Docker.HostConfig {
  const { cpus, memoryMb, pids, readOnlyRoot } = spec.limits;
  const memory = memoryMb * 1024 * 1024;
  return {
    // Reaps orphaned processes and forwards TERM.
    Init: true,
    NetworkMode: isolated ? "none" : context.network,
    Mounts: mounts(spec, context),
    ...(readOnlyRoot ? { ReadonlyRootfs: true, Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,mode=1777,size=256m" } } : {}),
    Memory: memory,
    // The same as the memory limit, so there is no swap.
    MemorySwap: memory,
    // The engine refuses more CPUs than it has.
    NanoCpus: Math.round(Math.min(cpus, context.engineCpus) * 1e9),
    PidsLimit: pids,
    CapDrop: ["ALL"],
    CapAdd: CAPABILITIES_KEPT,
    SecurityOpt: ["no-new-privileges"],
    RestartPolicy: { Name: "no" },
    LogConfig: { Type: "json-file", Config: { "max-size": "4m", "max-file": "2" } },
  };
}

function mounts(spec: InstanceSpec, context: LaunchContext): Docker.MountSettings[] {
  const runtime: Docker.MountSettings = {
    Type: "volume",
    Source: context.runtimeVolume,
    Target: RUNTIME_AT,
    ReadOnly: true,
  };
  // Read-only: a container can connect to the socket but not replace it.
  const tunnelFolder = path.dirname(context.tunnel.socketPath);
  const tunnel: Docker.MountSettings = { Type: "bind", Source: tunnelFolder, Target: TUNNEL_AT, ReadOnly: true };
  const token = disk(spec, context.installationId, { part: "token", at: TOKEN_AT, copyImage: false });
  const data = dataMounts(spec, context.installationId);
  return [runtime, token, ...(context.localEngine ? [tunnel] : []), ...data, ...diskMounts(spec, context, data)];
}

function dataMounts(spec: InstanceSpec, installationId: string): Docker.MountSettings[] {
  if (spec.volumeId === null) {
    return [
      disk(spec, installationId, { part: "workspace", at: "/workspace", copyImage: false }),
      disk(spec, installationId, { part: "configs", at: "/configs", copyImage: false }),
    ];
  }
  const names = dataVolumeNames(spec.volumeId);
  // Without NoCopy the engine fills an empty volume with the image's files at that path.
  const data = (Source: string, Target: string): Docker.MountSettings => ({
    ...{ Type: "volume", Source, Target, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: LOCAL_DRIVER } },
  });
  return [data(names.workspace, "/workspace"), data(names.configs, "/configs")];
}

/**
 * Parts of the instance's own disk that need a volume: `$HOME` under a read-only root, and each path that the image
 * declares as a volume. For such a path the engine would otherwise create an anonymous volume that is never found
 * again.
 */
function diskMounts(spec: InstanceSpec, context: LaunchContext, taken: Docker.MountSettings[]): Docker.MountSettings[] {
  const { home } = context.image.user;
  const declared = context.image.declaredVolumes.map((at, index) => ({ part: `image-${index}`, at, copyImage: true }));
  const wanted = spec.limits.readOnlyRoot ? [{ part: "home", at: home, copyImage: true }, ...declared] : declared;
  const free = new Set([...taken.map(({ Target }) => Target), RUNTIME_AT, TUNNEL_AT, TOKEN_AT]);
  const isFree = ({ at }: { at: string }) => !free.has(at) && Boolean(free.add(at));
  return wanted.filter(isFree).map((part) => disk(spec, context.installationId, part));
}

function disk(
  { incarnationId }: InstanceSpec,
  installationId: string,
  { part, at, copyImage }: { part: string; at: string; copyImage: boolean },
): Docker.MountSettings {
  return {
    Type: "volume",
    Source: diskVolumeName(incarnationId, part),
    Target: at,
    VolumeOptions: {
      NoCopy: !copyImage,
      Labels: { [LABEL.installation]: installationId, [LABEL.incarnation]: incarnationId },
      DriverConfig: LOCAL_DRIVER,
    },
  };
}

const LOCAL_DRIVER = { Name: "local", Options: {} };
