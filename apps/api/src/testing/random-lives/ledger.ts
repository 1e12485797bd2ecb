import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface KeptVolume {
  workspaceId: string;
  files: Map<string, string>;
  /** From the moment before the request: whatever became of it, the data may go. */
  mayBeErased: boolean;
  /** Its workspace was deleted, and it is kept for the grace time. Unsure: the clock may have been wrong then. */
  deadline: "none" | "sure" | "unsure";
}

/** What was written and acknowledged, and what may be erased: kept apart from Berth and its database. */
export class Ledger {
  readonly #volumes = new Map<string, KeptVolume>();
  #doesGracePass = false;

  written(volumeId: string, workspaceId: string, name: string, content: string): void {
    const volume = this.#volumes.get(volumeId) ?? {
      ...{ workspaceId, files: new Map(), mayBeErased: false, deadline: "none" as const },
    };
    volume.files.set(name, content);
    this.#volumes.set(volumeId, volume);
  }

  mayErase(volumeId: string): void {
    const volume = this.#volumes.get(volumeId);
    if (volume) volume.mayBeErased = true;
  }

  retained(volumeId: string, deadline: "sure" | "unsure"): void {
    const volume = this.#volumes.get(volumeId);
    if (!volume) return;
    volume.deadline = deadline;
    if (this.#doesGracePass) volume.mayBeErased = true;
  }

  /** A restore got it back, so it must be there from now on. */
  restored(volumeId: string): void {
    const volume = this.#volumes.get(volumeId);
    if (volume) Object.assign(volume, { mayBeErased: false, deadline: "none" });
  }

  /** From the moment before the operator says that the clock is right. */
  clockConfirmed(): void {
    for (const volume of this.#volumes.values()) if (volume.deadline === "unsure") volume.mayBeErased = true;
  }

  /** While more than the grace time passes, what is retained before or meanwhile may go. */
  async whileGracePasses(pass: () => Promise<void>): Promise<void> {
    for (const volume of this.#volumes.values()) if (volume.deadline !== "none") volume.mayBeErased = true;
    this.#doesGracePass = true;
    await pass();
    this.#doesGracePass = false;
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
