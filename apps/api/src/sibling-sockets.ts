import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listenUnix, type TunnelHub, type UnixListener } from "@berth/backends/tunnel";
import type { ReplicaRow } from "@berth/db";
import type { Log } from "@berth/services";

/**
 * Containers and local instances connect to a socket in the folder of the replica that started them. Other replicas of
 * the host add their own sockets to that folder, so daemons can switch at once when their replica dies.
 */
export class SiblingSockets {
  readonly #options: { tunnel: TunnelHub; replicaId: string; log: Log };
  readonly #listeners = new Map<string, Promise<UnixListener | null>>();
  #closed = false;

  constructor(options: { tunnel: TunnelHub; replicaId: string; log: Log }) {
    this.#options = options;
  }

  async listenForSiblings(replicas: readonly ReplicaRow[]): Promise<void> {
    for (const { id, dataDirectory, tunnelFolder } of replicas) {
      if (this.#closed || id === this.#options.replicaId || this.#listeners.has(tunnelFolder)) continue;
      if (!(await isOnThisHost(id, dataDirectory)) || this.#closed) continue;
      this.#listeners.set(tunnelFolder, this.#listen(tunnelFolder));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const listener of this.#listeners.values()) await (await listener)?.close();
  }

  async #listen(folder: string): Promise<UnixListener | null> {
    const { tunnel, replicaId, log } = this.#options;
    // As short as `tunnel.sock`, because a socket path is limited to about a hundred bytes.
    const path = join(folder, `${replicaId.slice(0, 6)}.sock`);
    return listenUnix(tunnel, { path, mode: 0o666 }).catch((error) => {
      log("warn", { msg: "daemons of another replica cannot connect to this one", path, error: String(error) });
      return null;
    });
  }
}

/** Another host may use the same path; only the replica's own directory contains its id. */
async function isOnThisHost(id: string, dataDirectory: string): Promise<boolean> {
  const kept = await readFile(join(dataDirectory, "replica-id"), "utf8").catch(() => "");
  return kept.trim() === id;
}
