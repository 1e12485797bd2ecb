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

/** What a machine that is not on this host fetches, one request each. */
export const MACHINE_PARTS = ["boot", "bundle", "node"] as const;
export type MachinePart = (typeof MACHINE_PARTS)[number];

/** Where the roots lie on an EC2 machine, and where its daemon dials. */
export const machineBoot = (boot: InstanceSpec["boot"], tunnelUrl: string): DaemonBoot => ({
  ...boot,
  tunnelUrl,
  roots: { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": "/root" },
  stateDirectory: "/var/lib/berth/state",
  measures: "machine",
});

/** What `uname -m` says → what Node calls it. */
const MACHINES: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };

/**
 * The daemon, or the Node this process runs on.
 *
 * @param machine what `uname -m` says there
 * @throws DomainError `unsupported_by_backend` when this Node would not run on that machine.
 */
export async function openMachineFile(
  part: Exclude<MachinePart, "boot">,
  machine: string,
  daemon: DaemonProgram,
): Promise<{ bytes: number; stream: Readable }> {
  if (part === "node" && (process.platform !== "linux" || MACHINES[machine] !== arch)) {
    throw new DomainError(
      "unsupported_by_backend",
      `Berth runs on ${process.platform} ${arch} and has no Node for ${machine}. Use an AMI with Node 24 in it.`,
    );
  }
  if (part === "bundle") return packBundle(daemon, MACHINES[machine] === arch);
  const { size } = await stat(daemon.nodePath);
  return { bytes: size, stream: createReadStream(daemon.nodePath, { highWaterMark: 1024 * 1024 }) };
}

/** A tar of the daemon and what lies beside it; the native part only where it runs. */
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
