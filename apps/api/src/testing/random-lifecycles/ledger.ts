import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface KeptVolume {
  workspaceId: string;
  files: Map<string, string>;
  /** True from just before the erase request: from then on the data may be missing, regardless of the response. */
  mayBeErased: boolean;
  /** Set when its workspace is deleted and the grace period starts. `unsure`: the clock may have been wrong then. */
  deadline: "none" | "sure" | "unsure";
}

/** Records acknowledged writes and permitted erases, independent of Berth and its database. */
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

  /** A restore recovered the volume, so it must exist from now on. */
  restored(volumeId: string): void {
    const volume = this.#volumes.get(volumeId);
    if (volume) Object.assign(volume, { mayBeErased: false, deadline: "none" });
  }

  /** Call just before the operator confirms the clock. */
  clockConfirmed(): void {
    for (const volume of this.#volumes.values()) if (volume.deadline === "unsure") volume.mayBeErased = true;
  }

  /** While more than the grace period passes, volumes retained before or during it may be erased. */
  async whileGracePasses(pass: () => Promise<void>): Promise<void> {
    for (const volume of this.#volumes.values()) if (volume.deadline !== "none") volume.mayBeErased = true;
    this.#doesGracePass = true;
    await pass();
    this.#doesGracePass = false;
  }

  get filesCount(): number {
    return [...this.#volumes.values()].reduce((sum, { files }) => sum + files.size, 0);
  }

  /** Acknowledged files without an erase request that are missing or different on the disk. */
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

/** Volumes that still exist on the disk despite a receipt. */
export async function falseReceipts(store: string, erased: readonly string[]): Promise<string[]> {
  const present = new Set(await readdir(store));
  return erased.filter((id) => present.has(id));
}
