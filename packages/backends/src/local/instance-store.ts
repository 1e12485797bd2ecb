import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { InstanceSpec } from "../backend.ts";
import { assertId } from "../ids.ts";
import { errorCode, isMissing } from "../problems.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { removeTrees } from "./remove-trees.ts";

/** The content of an instance's `state.json`: enough to recognise its process and to start it again. */
export interface InstanceRecord {
  installationId: string;
  /** The data directory that started the process. Missing in records of older versions. */
  directoryId?: string;
  spec: InstanceSpec;
  createdAt: string;
  /** True from before a process is started until it is recorded, so that a crash in between is visible. */
  starting: boolean;
  process: ProcessIdentity | null;
  /** How that process was started, which decides how to end it. */
  inNamespaces: boolean;
}

export class InstanceFolder {
  readonly path: string;
  constructor(instances: string, incarnationId: string) {
    this.path = path.join(instances, assertId(incarnationId, "incarnation id"));
  }
  get home(): string {
    return path.join(this.path, "home");
  }
  get log(): string {
    return path.join(this.path, "log");
  }
  get exitCode(): string {
    return path.join(this.path, "exit-code");
  }
  get daemonState(): string {
    return path.join(this.path, "state");
  }
  /** The data roots of an instance without a data volume. */
  get ownData(): { workspace: string; configs: string } {
    return { workspace: path.join(this.path, "workspace"), configs: path.join(this.path, "configs") };
  }
  get #record(): string {
    return path.join(this.path, "state.json");
  }

  async make(): Promise<void> {
    const { workspace, configs } = this.ownData;
    for (const folder of [this.path, this.home, this.daemonState, workspace, configs]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
  }

  /** Null when there is no such instance, or when a crash left its folder before the record was written. */
  async read(): Promise<InstanceRecord | null> {
    try {
      return JSON.parse(await readFile(this.#record, "utf8")) as InstanceRecord;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Atomic. */
  async write(record: InstanceRecord): Promise<void> {
    const temporary = `${this.#record}.new`;
    const file = await open(temporary, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC, 0o600);
    try {
      await file.writeFile(JSON.stringify(record, null, 2));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#record);
  }

  async readExitCode(): Promise<number | null> {
    const text = await readFile(this.exitCode, "utf8").catch(() => "");
    return text === "" ? null : Number(text);
  }

  /** Removes the record last: while it exists, the next attempt finds the instance and continues. */
  async remove(): Promise<void> {
    const names = await readdir(this.path).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    await removeTrees(names.filter((name) => name !== "state.json").map((name) => path.join(this.path, name)));
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Ids of the instances in the folder; empty when it does not exist. @throws when it cannot be read. */
export async function listInstanceIds(instances: string): Promise<string[]> {
  try {
    return (await readdir(instances)).filter((name) => /^[0-9a-f-]{36}$/.test(name));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
