import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BackendLogRecord } from "../options.ts";
import { messageOf } from "../problems.ts";
import { bridgeName } from "./names.ts";

/**
 * Where clouds answer with a machine's own credentials. A workspace must not reach them, and two things see to it:
 *
 * - Every container owns the link-local ones itself (`LinkLocalIPs`), so a connection to them ends in its own network
 *   namespace. That needs no right on the host, also holds on a remote engine, and a container without NET_ADMIN
 *   cannot undo it. The engine takes no other addresses there.
 * - Where this process may, a rule in the host's `raw` table drops what comes from the bridge for any of them, the
 *   others included, before routing. Whichever flavour of iptables the engine uses, it does not touch that table.
 *
 * The IPv6 one (fd00:ec2::254) cannot be reached: the network has no IPv6.
 */
export const LINK_LOCAL_METADATA = ["169.254.169.254", "169.254.170.2", "169.254.170.23"] as const;
const OTHER_METADATA = ["100.100.100.200"] as const;

const run = promisify(execFile);

export interface Firewall {
  /** Runs iptables with these arguments; rejects when it answers other than 0. */
  iptables(args: readonly string[]): Promise<unknown>;
}

export const hostFirewall: Firewall = {
  iptables: (args) => run("iptables", ["--wait", "5", ...args], { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } }),
};

/** Returns what stays reachable; empty when every rule stands. Idempotent. */
export async function dropMetadata(
  installationId: string,
  firewall: Firewall,
  log: (record: BackendLogRecord) => void,
) {
  const addresses = [...LINK_LOCAL_METADATA, ...OTHER_METADATA];
  try {
    for (const address of addresses) await ensureRule(firewall, ruleFor(installationId, address));
    return [];
  } catch (error) {
    const reachable = [...OTHER_METADATA];
    log({ evt: "docker.metadata_partly_reachable", addresses: reachable.join(" "), reason: messageOf(error).trim() });
    return reachable;
  }
}

/** Takes the rules of an installation away again, e.g. after a test. */
export async function allowMetadata(installationId: string, firewall: Firewall): Promise<void> {
  for (const address of [...LINK_LOCAL_METADATA, ...OTHER_METADATA]) {
    await firewall.iptables(["--table", "raw", "--delete", ...ruleFor(installationId, address)]).catch(() => {});
  }
}

async function ensureRule(firewall: Firewall, rule: readonly string[]): Promise<void> {
  const known = await firewall.iptables(["--table", "raw", "--check", ...rule]).then(
    () => true,
    () => false,
  );
  if (!known) await firewall.iptables(["--table", "raw", "--insert", ...rule]);
}

const ruleFor = (installationId: string, address: string): string[] => [
  ...["PREROUTING", "--in-interface", bridgeName(installationId), "--destination", address, "--jump", "DROP"],
];
