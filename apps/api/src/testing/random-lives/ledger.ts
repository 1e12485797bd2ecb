import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface KeptVolume {
  workspaceId: string;
  files: Map<string, string>;
  /** From the moment before the request: whatever became of it, the data may go. */
  mayBeErased: boolean;
}

/** What was written and acknowledged, and what may be erased: kept apart from Berth and its database. */
export class Ledger {
  readonly #volumes = new Map<string, KeptVolume>();

  written(volumeId: string, workspaceId: string, name: string, content: string): void {
    const volume = this.#volumes.get(volumeId) ?? { workspaceId, files: new Map(), mayBeErased: false };
    volume.files.set(name, content);
    this.#volumes.set(volumeId, volume);
  }

  mayErase(volumeId: string): void {
    const volume = this.#volumes.get(volumeId);
    if (volume) volume.mayBeErased = true;
  }

  get filesCount(): number {
    return [...this.#volumes.values()].reduce((sum, { files }) => sum + files.size, 0);
  }

  /** Acknowledged files that nobody asked to erase and that are not on the disk as they were written. */
  async lost(store: string): Promise<string[]> {
    const lost: string[] = [];
    for (const [volumeId, { files, mayBeErased, workspaceId }] of this.#volumes) {
      if (mayBeErased) continue;
      for (const [name, content] of files) {
        const found = await readFile(join(store, volumeId, "workspace", name), "utf8").catch(String);
        if (found !== content)
          lost.push(`workspace ${workspaceId}, volume ${volumeId}, ${name}: ${found.slice(0, 80)}`);
      }
    }
    return lost;
  }
}

/** Volumes with a receipt that are on the disk all the same. */
export async function falseReceipts(store: string, erased: readonly string[]): Promise<string[]> {
  const present = new Set(await readdir(store));
  return erased.filter((id) => present.has(id));
}
