import { existsSync } from "node:fs";
import { bundleDaemon } from "@berth/daemon";
import type { BackendKind } from "@berth/domain";
import type { DaemonProgram } from "../../options.ts";
import { findEc2BenchForTests } from "../ec2/require-ec2-bench.ts";
import { openEc2Rig } from "../ec2/store-rig.ts";
import { findDockerForTests } from "../require-docker.ts";
import { openDockerRig } from "./docker-rig.ts";
import { openLocalRig } from "./local-rig.ts";
import type { StoreRig } from "./store-rig.ts";

/** Backends whose data outlives the API. */
export type StoreKind = Exclude<BackendKind, "memory">;

export interface FoundRig {
  kind: StoreKind;
  /** Why it cannot be opened on this host; null when it can. */
  reason: string | null;
  open(): Promise<StoreRig>;
}

const OPEN: Record<StoreKind, (daemon: DaemonProgram, environment: NodeJS.ProcessEnv) => Promise<StoreRig>> = {
  local: openLocalRig,
  docker: openDockerRig,
  ec2: openEc2Rig,
};

export async function findStoreRigs(environment: NodeJS.ProcessEnv): Promise<FoundRig[]> {
  const { path: bundlePath, companions, version } = await bundleDaemon();
  const daemon = { bundlePath, companions, version, nodePath: process.execPath };
  const noDisk = whyNoDisk();
  const reasons: Record<StoreKind, string | null> = {
    local: noDisk,
    docker: noDisk ?? whyNoEngine() ?? (await findDockerForTests(environment)).reason,
    ec2: (await findEc2BenchForTests(environment)).reason,
  };
  return (["local", "docker", "ec2"] as const).map((kind) => ({
    kind,
    reason: reasons[kind],
    open: () => OPEN[kind](daemon, environment),
  }));
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function whyNoDisk(): string | null {
  if (process.platform !== "linux") return "Disks of volumes are mounted on Linux only.";
  if (process.getuid?.() !== 0) return "Mounting disks of volumes needs root.";
  if (!existsSync("/dev/loop-control")) return "This system has no loop devices.";
  const missing = ["losetup", "mkfs.ext4", "fsfreeze"].filter((name) => !isInstalled(name));
  return missing.length === 0 ? null : `These programs are missing: ${missing.join(", ")}.`;
}

const whyNoEngine = (): string | null =>
  isInstalled("dockerd") ? null : "dockerd is not installed, so no second engine can be started.";

const isInstalled = (program: string): boolean => FOLDERS.some((folder) => existsSync(`${folder}/${program}`));
