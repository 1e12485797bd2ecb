import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BackendLogRecord } from "../options.ts";
import { messageOf } from "../problems.ts";
import { BRIDGE_PREFIX } from "./names.ts";

/**
 * Where clouds answer with a machine's own credentials. A workspace must not reach them:
 *
 * - The link-local ones every container owns itself (`LinkLocalIPs`), so a connection to them ends in its own network
 *   namespace. That needs no right on the host, holds on a remote engine too, and a container without NET_ADMIN
 *   cannot undo it. The engine accepts no other addresses there.
 * - For the one that is not link-local, where this process may, a rule in the host's `raw` table drops what comes from
 *   Berth's bridges before it is routed: one for all installations of the host. Whichever flavour of iptables the
 *   engine uses, it does not touch that table. Where the rule cannot be made, the log says so.
 * - The IPv6 one (fd00:ec2::254) cannot be reached: the network has no IPv6.
 */
export const LINK_LOCAL_METADATA = ["169.254.169.254", "169.254.170.2", "169.254.170.23"] as const;
const OTHER_METADATA = "100.100.100.200";

const run = promisify(execFile);

export interface Firewall {
  /** Runs iptables with these arguments; rejects when it answers other than 0. */
  iptables(args: readonly string[]): Promise<unknown>;
}

export const hostFirewall: Firewall = {
  iptables: (args) => run("iptables", ["--wait", "5", ...args], { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } }),
};

const RULE = ["PREROUTING", "--in-interface", `${BRIDGE_PREFIX}+`, "--destination", OTHER_METADATA, "--jump", "DROP"];

/** Idempotent. A failure is told and otherwise passes: it must not keep workspaces from starting. */
export async function dropMetadata(firewall: Firewall, log: (record: BackendLogRecord) => void): Promise<void> {
  const stands = await firewall.iptables(["--table", "raw", "--check", ...RULE]).then(
    () => true,
    () => false,
  );
  if (stands) return;
  try {
    await firewall.iptables(["--table", "raw", "--insert", ...RULE]);
  } catch (error) {
    const reason = messageOf(error).trim();
    log({ evt: "docker.metadata_partly_reachable", addresses: OTHER_METADATA, reason });
  }
}
