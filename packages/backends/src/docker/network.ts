import { setTimeout } from "node:timers/promises";
import type Docker from "dockerode";
import { engineStatus } from "./engine.ts";
import { bridgeName, LABEL, networkName } from "./names.ts";

/**
 * Creates the installation's own bridge once. Workspaces reach the internet through it but not each other: with `icc`
 * off, the engine drops packets between ports of the bridge.
 */
export async function ensureNetwork(docker: Docker, installationId: string): Promise<void> {
  if (await networkExists(docker, installationId)) return;
  try {
    await docker.createNetwork({
      Name: networkName(installationId),
      Driver: "bridge",
      CheckDuplicate: true,
      EnableIPv6: false,
      Labels: { [LABEL.installation]: installationId },
      Options: {
        "com.docker.network.bridge.enable_icc": "false",
        // Known in advance for the firewall. Two networks cannot share it, so only one of two racing processes
        // succeeds.
        "com.docker.network.bridge.name": bridgeName(installationId),
      },
    });
  } catch (error) {
    if (engineStatus(error) === undefined) throw error;
    // Another process has done it first. The name is taken shortly before the network is listed.
    if (!(await appears(docker, installationId))) throw error;
  }
}

const POLLS_MAX = 10;
const POLL_EVERY_MS = 100;

async function appears(docker: Docker, installationId: string): Promise<boolean> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    if (await networkExists(docker, installationId)) return true;
    await setTimeout(POLL_EVERY_MS);
  }
  return false;
}

async function networkExists(docker: Docker, installationId: string): Promise<boolean> {
  // The engine's name filter matches substrings.
  const name = networkName(installationId);
  const found = await docker.listNetworks({
    filters: { name: [name], label: [`${LABEL.installation}=${installationId}`] },
  });
  return found.some((network) => network.Name === name);
}
