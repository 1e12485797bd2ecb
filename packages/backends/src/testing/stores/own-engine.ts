import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VolumeDisk } from "./volume-disk.ts";

const execute = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../../../../../scripts/docker-engine.sh", import.meta.url));
const EXIT_MS_MAX = 30_000;

/** A separate Docker engine whose volumes are on their own disk. */
export class OwnEngine implements AsyncDisposable {
  readonly disk: VolumeDisk;
  readonly #folder: string;

  private constructor(folder: string, disk: VolumeDisk) {
    this.#folder = folder;
    this.disk = disk;
  }

  static async open(): Promise<OwnEngine> {
    const folder = await mkdtemp(path.join(tmpdir(), "berth-store-docker-"));
    const data = path.join(folder, "engine", "data");
    await mkdir(data, { recursive: true, mode: 0o711 });
    // dockerd bind-mounts a data root that is not shared onto itself, which would hide the disk below it.
    await execute("mount", ["--bind", data, data]);
    await execute("mount", ["--make-shared", data]);
    const engine = new OwnEngine(folder, await VolumeDisk.open(folder, path.join(data, "volumes")));
    await engine.start();
    return engine;
  }

  get socketPath(): string {
    return path.join(this.#folder, "engine", "docker.sock");
  }

  start = () => this.#script("start");

  #script = async (verb: "start" | "stop"): Promise<void> => {
    await execute("sh", [SCRIPT, verb, path.join(this.#folder, "engine")]);
  };

  /** Ends the engine but keeps its data. */
  async stop(): Promise<void> {
    const pid = Number(await readFile(path.join(this.#folder, "engine", "dockerd.pid"), "utf8"));
    process.kill(pid, "SIGTERM");
    const deadline = performance.now() + EXIT_MS_MAX;
    while (isAlive(pid)) {
      if (performance.now() > deadline) throw new Error(`The engine ${pid} does not end.`);
      await pause(20);
    }
  }

  /** Changes the engine's store while the engine is stopped. */
  async whileStopped<T>(change: () => Promise<T>): Promise<T> {
    await this.stop();
    const result = await change();
    await this.start();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#script("stop");
    await this.disk[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
