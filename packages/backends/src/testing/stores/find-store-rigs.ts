import { existsSync } from "node:fs";
import { bundleDaemon } from "@berth/daemon";
import type { BackendKind } from "@berth/domain";
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

/** Local only: the store matrix simulates these conditions on the other backends. */
export async function findStoreRigs(): Promise<FoundRig[]> {
  const { path: bundlePath, companions, version } = await bundleDaemon();
  const daemon = { bundlePath, companions, version, nodePath: process.execPath };
  return [{ kind: "local", reason: whyNoDisk(), open: () => openLocalRig(daemon) }];
}

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function whyNoDisk(): string | null {
  if (process.platform !== "linux") return "Disks of volumes are mounted on Linux only.";
  if (process.getuid?.() !== 0) return "Mounting disks of volumes needs root.";
  if (!existsSync("/dev/loop-control")) return "This system has no loop devices.";
  const missing = ["losetup", "mkfs.ext4", "fsfreeze"].filter(
    (name) => !FOLDERS.some((folder) => existsSync(`${folder}/${name}`)),
  );
  return missing.length === 0 ? null : `These programs are missing: ${missing.join(", ")}.`;
}
