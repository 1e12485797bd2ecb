import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { DaemonBoot } from "@berth/domain";
import { DomainError } from "@berth/domain";
import type { InstanceSpec } from "./backend.ts";
import type { DaemonProgram } from "./options.ts";
import { messageOf } from "./problems.ts";

/**
 * Identifies a daemon build by the content of its files and the size of Node. The version number alone would confuse a
 * rebuilt daemon with the running one.
 */
export async function daemonProgramKey({
  bundlePath,
  companions = [],
  version,
  nodePath,
}: DaemonProgram): Promise<string> {
  try {
    const files = [bundlePath, ...companions].map((path) => readFile(path));
    const [node, ...contents] = await Promise.all([stat(nodePath), ...files]);
    const hash = createHash("sha256").update(String(node.size));
    for (const content of contents) hash.update(content);
    const content = hash.digest("hex");
    return `${version.replace(/[^\w.-]/g, "_").slice(0, 40)}-${content.slice(0, 12)}`;
  } catch (error) {
    const message = `The workspace daemon is missing: build it first (${messageOf(error)}).`;
    throw new DomainError("backend_unavailable", message, { retryable: false, cause: error });
  }
}

/** One environment variable holds the boot document, and Linux limits a variable to 128 KiB. */
const BOOT_BYTES_MAX = 127 * 1024;

type OfTheBackend = Pick<DaemonBoot, "tunnelUrl" | "roots" | "stateDirectory" | "measures">;

/**
 * Serializes the boot document for the environment variable.
 *
 * @param tunnelToken null when the daemon reads it from a file
 */
export function bootVariable(
  { boot: { tunnelToken: _first, ...boot } }: InstanceSpec,
  { tunnelToken, ...ofTheBackend }: OfTheBackend & { tunnelToken: string | null },
): string {
  const text = JSON.stringify({ ...boot, ...ofTheBackend, ...(tunnelToken === null ? {} : { tunnelToken }) });
  if (Buffer.byteLength(text) <= BOOT_BYTES_MAX) return text;
  const message = `The configuration files and environment of a workspace may take at most ${BOOT_BYTES_MAX} bytes in total.`;
  throw new DomainError("limit_exceeded", message, { details: { limit: "bootBytesMax", max: BOOT_BYTES_MAX } });
}
