import { mkdir } from "node:fs/promises";
import type { DaemonBoot, FileRoot } from "@berth/domain";
import { AgentProcess } from "./agent/agent-process.ts";
import { Commands } from "./commands/commands.ts";
import { refillConfigs } from "./configs.ts";
import { removeLeftovers } from "./files/leftovers.ts";
import { Root } from "./files/root.ts";
import { DaemonServer } from "./http/daemon-server.ts";
import { Listeners } from "./ports/listeners.ts";
import { StatusReader } from "./status/status.ts";
import { Terminals } from "./terminals/terminals.ts";
import { keepConnected } from "./tunnel/keep-connected.ts";

export interface StartDaemonOptions {
  /** Writes one sentence to the boot log. */
  log(line: string): void;
  /** The native addon of terminals. Without it there are no terminals. */
  terminalAddonPath?: string;
}

export interface RunningDaemon {
  /** Ends the program, the commands, the terminals and the connection. Acknowledged writes are on the disk. */
  close(): Promise<void>;
}

/**
 * Starts the daemon. It retries the connection without end, so it does not need the API at start. Requests wait until
 * `/configs` is filled.
 */
export async function startDaemon(
  boot: DaemonBoot,
  { log, terminalAddonPath }: StartDaemonOptions,
): Promise<RunningDaemon> {
  const startedAt = Date.now();
  log(
    `Berth daemon started: workspace ${boot.workspaceId}, incarnation ${boot.incarnationId}, generation ${boot.generation}.`,
  );
  const { promise: server, resolve: serverReady } = Promise.withResolvers<DaemonServer>();
  // Connect first: the files are prepared during the round trip.
  const tunnel = keepConnected(boot, { log, serve: (stream) => void server.then((ready) => ready.serve(stream)) });
  try {
    const roots = await openRoots(boot);
    const refilled = await refillConfigs(roots.get("/configs"), boot.configTemplate);
    if (refilled > 0) log(`Filled /configs with ${refilled} ${refilled === 1 ? "file" : "files"} from its template.`);

    const agent = new AgentProcess(boot, log);
    agent.start();
    const status = new StatusReader({ boot, roots, agent, configsRefilled: refilled > 0 });
    const commands = new Commands({ boot, log });
    const terminals = new Terminals({ boot, addonPath: terminalAddonPath ?? null, log });
    serverReady(new DaemonServer({ roots, agent, status, commands, terminals, listeners: new Listeners(boot), log }));
    // Not awaited: deleting an abandoned upload of many gigabytes must not delay the first response.
    const leftoversRemoved = removeLeftovers([...roots.values()], startedAt).catch((error: unknown) => {
      log(`Cleanup failed: ${String(error)}`);
    });
    return { close: () => close({ agent, commands, terminals, tunnel, leftoversRemoved }) };
  } catch (error) {
    tunnel.close();
    throw error;
  }
}

interface Running {
  agent: AgentProcess;
  commands: Commands;
  terminals: Terminals;
  tunnel: { close(): void };
  leftoversRemoved: Promise<void>;
}

/** Closes the tunnel last, so that the API reaches the stopping daemon until its command has ended. */
async function close({ agent, commands, terminals, tunnel, leftoversRemoved }: Running): Promise<void> {
  await Promise.all([agent.close(), commands.close(), terminals.closeAll()]);
  tunnel.close();
  await leftoversRemoved;
}

async function openRoots(boot: DaemonBoot): Promise<Map<FileRoot, Root>> {
  await mkdir(boot.stateDirectory, { recursive: true });
  const roots = new Map<FileRoot, Root>();
  for (const [root, path] of Object.entries(boot.roots) as [FileRoot, string][]) {
    await mkdir(path, { recursive: true });
    roots.set(root, new Root(root, path));
  }
  return roots;
}
