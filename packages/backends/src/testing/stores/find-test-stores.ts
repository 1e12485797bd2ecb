import { existsSync } from "node:fs";
import { bundleDaemon } from "@berth/daemon";
import type { BackendKind } from "@berth/domain";
import type { DaemonProgram } from "../../options.ts";
import { openEc2Store } from "../ec2/ec2-store.ts";
import { findEc2HarnessForTests } from "../ec2/require-ec2-harness.ts";
import { findDockerForTests } from "../require-docker.ts";
import { openDockerStore } from "./docker-store.ts";
import { openLocalStore } from "./local-store.ts";
import type { TestStore } from "./test-store.ts";

/** Backends whose data outlives the API. */
export type StoreKind = Exclude<BackendKind, "memory">;

export interface FoundStore {
  kind: StoreKind;
  /** Why it cannot be opened on this host; null when it can. */
  reason: string | null;
  open(): Promise<TestStore>;
}

const OPEN: Record<StoreKind, (daemon: DaemonProgram, environment: NodeJS.ProcessEnv) => Promise<TestStore>> = {
  local: openLocalStore,
  docker: openDockerStore,
  ec2: openEc2Store,
};

export async function findTestStores(environment: NodeJS.ProcessEnv): Promise<FoundStore[]> {
  const { path: bundlePath, companions, version } = await bundleDaemon();
  const daemon = { bundlePath, companions, version, nodePath: process.execPath };
  const noDisk = diskReason();
  const reasons: Record<StoreKind, string | null> = {
    local: noDisk,
    docker: noDisk ?? engineReason() ?? (await findDockerForTests(environment)).reason,
    ec2: (await findEc2HarnessForTests(environment)).reason,
  };
  return (["local", "docker", "ec2"] as const).map((kind) => ({
    kind,
    reason: reasons[kind],
    open: () => OPEN[kind](daemon, environment),
  }));
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function diskReason(): string | null {
  if (process.platform !== "linux") return "Disks of volumes are mounted on Linux only.";
  if (process.getuid?.() !== 0) return "Mounting disks of volumes needs root.";
  if (!existsSync("/dev/loop-control")) return "This system has no loop devices.";
  const missing = ["losetup", "mkfs.ext4", "fsfreeze"].filter((name) => !isInstalled(name));
  return missing.length === 0 ? null : `These programs are missing: ${missing.join(", ")}.`;
}

const engineReason = (): string | null =>
  isInstalled("dockerd") ? null : "dockerd is not installed, so no second engine can be started.";

const isInstalled = (program: string): boolean => FOLDERS.some((folder) => existsSync(`${folder}/${program}`));
