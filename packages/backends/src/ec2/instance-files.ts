import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { arch } from "node:process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type DaemonBoot, DomainError } from "@berth/domain";
import { pack } from "tar-stream";
import type { InstanceSpec } from "../backend.ts";
import type { DaemonProgram } from "../options.ts";

/** The parts that an EC2 instance downloads, in one request each. */
export const INSTANCE_PARTS = ["boot", "bundle", "node"] as const;
export type InstancePart = (typeof INSTANCE_PARTS)[number];

/** Adds the roots and the tunnel address of an EC2 instance to the boot document. */
export const instanceBoot = (boot: InstanceSpec["boot"], tunnelUrl: string): DaemonBoot => ({
  ...boot,
  tunnelUrl,
  roots: { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": "/root" },
  stateDirectory: "/var/lib/berth/state",
  measures: "machine",
});

/** Output of `uname -m` → Node's name for it. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };

/**
 * Opens the daemon bundle or the Node binary for download.
 *
 * @param machine output of `uname -m` on the instance
 * @throws DomainError `unsupported_by_backend` when this Node does not run on that machine.
 */
export async function openInstanceFile(
  part: Exclude<InstancePart, "boot">,
  machine: string,
  daemon: DaemonProgram,
): Promise<{ bytes: number; stream: Readable }> {
  if (part === "node" && (process.platform !== "linux" || ARCHITECTURES[machine] !== arch)) {
    throw new DomainError(
      "unsupported_by_backend",
      `Berth runs on ${process.platform} ${arch} and has no Node for ${machine}. Use an AMI that includes Node 24.`,
    );
  }
  if (part === "bundle") return packBundle(daemon, ARCHITECTURES[machine] === arch);
  const { size } = await stat(daemon.nodePath);
  return { bytes: size, stream: createReadStream(daemon.nodePath, { highWaterMark: 1024 * 1024 }) };
}

/**
 * A tar of the daemon and its companions. Companions are native, so they are included only for the same architecture.
 */
async function packBundle({ bundlePath, companions = [] }: DaemonProgram, sameMachine: boolean) {
  const archive = pack();
  archive.entry({ name: "daemon.cjs" }, await readFile(bundlePath));
  for (const companion of sameMachine ? companions : []) {
    archive.entry({ name: basename(companion) }, await readFile(companion));
  }
  archive.finalize();
  const packed = await buffer(Readable.from(archive));
  return { bytes: packed.length, stream: Readable.from([packed]) };
}
