import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BackendLogRecord } from "../options.ts";
import { messageOf } from "../problems.ts";
import { BRIDGE_PREFIX } from "./names.ts";

/**
 * Addresses where clouds serve a machine's own credentials. A workspace must not reach them:
 *
 * - Every container owns the link-local ones itself (`LinkLocalIPs`), so a connection ends in its own network
 *   namespace. This needs no privileges on the host and works on a remote engine, and a container without NET_ADMIN cannot
 *   undo it. The engine accepts only link-local addresses there.
 * - For the other one, a rule in the host's `raw` table drops packets from Berth's bridges before routing, if this
 *   process may add it. One rule serves all installations on the host, and the engine does not change that table,
 *   regardless of the iptables variant. A failure is logged.
 * - The IPv6 one (fd00:ec2::254) is unreachable, because the network has no IPv6.
 */
export const LINK_LOCAL_METADATA = ["169.254.169.254", "169.254.170.2", "169.254.170.23"] as const;
const OTHER_METADATA = "100.100.100.200";

const run = promisify(execFile);

export interface Firewall {
  /** Runs iptables with these arguments; rejects on a non-zero exit code. */
  iptables(args: readonly string[]): Promise<unknown>;
}

export const hostFirewall: Firewall = {
  iptables: (args) => run("iptables", ["--wait", "5", ...args], { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } }),
};

const RULE = ["PREROUTING", "--in-interface", `${BRIDGE_PREFIX}+`, "--destination", OTHER_METADATA, "--jump", "DROP"];

/** Idempotent. A failure is logged and not thrown, because it must not prevent workspaces from starting. */
export async function dropMetadata(firewall: Firewall, log: (record: BackendLogRecord) => void): Promise<void> {
  const exists = await firewall.iptables(["--table", "raw", "--check", ...RULE]).then(
    () => true,
    () => false,
  );
  if (exists) return;
  try {
    await firewall.iptables(["--table", "raw", "--insert", ...RULE]);
  } catch (error) {
    const reason = messageOf(error).trim();
    log({ evt: "docker.metadata_partly_reachable", addresses: OTHER_METADATA, reason });
  }
}
