import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DaemonBoot, FileRoot } from "@berth/domain";
import { AgentProcess } from "./agent/agent-process.ts";
import { refillConfigs } from "./configs.ts";
import type { DaemonContext } from "./context.ts";
import { Root } from "./files/root.ts";
import { removeLeftovers } from "./files/scratch.ts";
import { DaemonServer } from "./http/daemon-server.ts";
import { StatusReader } from "./status/status.ts";
import { keepDialled } from "./tunnel/keep-dialled.ts";

export interface StartDaemonOptions {
  /** Takes the boot log, one sentence a call. */
  log(line: string): void;
}

export interface RunningDaemon {
  /** Ends the command and the connection. Files that were answered for are on the disk. */
  close(): Promise<void>;
}

/** Starts everything a daemon does. It dials for ever, so it comes back whether or not the API is there. */
export async function startDaemon(boot: DaemonBoot, { log }: StartDaemonOptions): Promise<RunningDaemon> {
  log(
    `Berth daemon started: workspace ${boot.workspaceId}, incarnation ${boot.incarnationId}, generation ${boot.generation}.`,
  );
  const roots = await openRoots(boot);
  const refilled = await refillConfigs(roots.get("/configs"), boot.configTemplate);
  if (refilled > 0) log(`Filled /configs with ${refilled} ${refilled === 1 ? "file" : "files"} from its template.`);

  const agent = new AgentProcess(boot, log);
  agent.start();
  const status = new StatusReader({ boot, roots, agent, configsRefilled: refilled > 0 });
  const context: DaemonContext = { roots, agent, status, log };
  const server = new DaemonServer(context);
  const tunnel = keepDialled(boot, { log, serve: (stream) => server.serve(stream) });
  // Not awaited: years of abandoned uploads must not delay the first answer.
  const tidied = removeLeftovers([...roots.values()]).catch((error: unknown) =>
    log(`Could not tidy up: ${String(error)}`),
  );

  return {
    async close() {
      await agent.close();
      tunnel.close();
      server.close();
      await tidied;
    },
  };
}

async function openRoots(boot: DaemonBoot): Promise<Map<FileRoot, Root>> {
  await mkdir(join(boot.stateDirectory), { recursive: true });
  const roots = new Map<FileRoot, Root>();
  for (const [root, path] of Object.entries(boot.roots) as [FileRoot, string][]) {
    await mkdir(path, { recursive: true });
    roots.set(root, new Root(root, path));
  }
  return roots;
}
