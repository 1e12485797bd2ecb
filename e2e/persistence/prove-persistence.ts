import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { BerthClient } from "@berth/client";
import type { BackendKind, Operation, Workspace } from "@berth/domain";
import { ApiProcess } from "../fixtures/api-process.ts";
import { type EngineInspector, openEngineInspector } from "./engine-inspector.ts";
import { differences, type Manifest, manifestOfFolder, manifestOfTar } from "./manifest.ts";
import { makeRealTree } from "./real-tree.ts";

export interface ProofOptions {
  backend: BackendKind;
  restarts: number;
  pauses: number;
  hibernations: number;
  /** Restarts during which the API is killed. */
  kills: number;
  /** For the Docker backend. */
  image?: string;
  log?(line: string): void;
}

export interface Proof {
  entries: number;
  restarts: number;
  kills: number;
  /** How many full comparisons ran through the API, and how many directly on the engine. */
  comparedThroughApi: number;
  comparedOnEngine: number;
  receiptVerification: string;
}

/** A start may queue and pull an image; no other step takes this long. */
const SETTLE_WITHIN_MS = 120_000;
const POLL_MS = 20;
/** About the duration of a restart, so that a kill at a random time in it can hit every step. */
const RESTART_TAKES_MS = 500;

/**
 * Proves persistence on a real project. Its workspace goes through every verb repeatedly while the API is killed, and
 * every byte is compared, through the API and on the engine's own disk. At the end one delete keeps the data and another
 * erases it, as verified on the engine.
 *
 * @throws when a byte, mode or link differs, or when data or machines are left behind.
 */
export async function provePersistence(options: ProofOptions): Promise<Proof> {
  const scratch = await mkdtemp(join(tmpdir(), "berth-proof-"));
  const source = join(scratch, "source");
  const environment: Record<string, string> = { BERTH_BACKENDS: options.backend };
  if (options.image) environment.BERTH_DOCKER_IMAGE = options.image;
  const [api] = await Promise.all([
    ApiProcess.start({ dataDirectory: join(scratch, "data"), environment }),
    makeRealTree(source),
  ]);
  const proof = new ProofRun(api, await api.client(), openEngineInspector(options.backend, api.dataDirectory), options);
  try {
    return await proof.run(source);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n--- Log of the API:\n${api.log.slice(-4000)}`, {
      cause: error,
    });
  } finally {
    await api.stop();
    await proof.cleanUp();
    await rm(scratch, { recursive: true, force: true });
  }
}

class ProofRun {
  readonly #api: ApiProcess;
  readonly #client: BerthClient;
  readonly #inspector: EngineInspector;
  readonly #options: ProofOptions;
  #id = "";
  #volumeId = "";
  #expected: Manifest = new Map();
  #comparedThroughApi = 0;
  #comparedOnEngine = 0;

  constructor(api: ApiProcess, client: BerthClient, inspector: EngineInspector, options: ProofOptions) {
    this.#api = api;
    this.#client = client;
    this.#inspector = inspector;
    this.#options = options;
  }

  async run(source: string): Promise<Proof> {
    const { restarts, pauses, hibernations, kills, backend } = this.#options;
    const created = await this.#client.workspaces.create.mutate({
      name: "proof",
      compute: { backend, dataPersistence: "persist" },
    });
    this.#id = created.workspace.id;
    this.#volumeId = created.workspace.volume?.id ?? "";
    await this.#waitForStatus("online");
    this.#expected = await manifestOfFolder(source);
    await this.#upload(source);
    this.#log(`${this.#expected.size} entries uploaded`);
    await this.#compare("after the upload");

    for (let round = 1; round <= restarts; round++) {
      const killApi = round > restarts - kills;
      await this.#restart(killApi);
      // A full comparison is slow, so it runs after the first, every tenth and the last restart, and after each kill.
      if (killApi || round === 1 || round % 10 === 0 || round === restarts)
        await this.#compare(`after restart ${round}`);
    }
    this.#log(`${restarts} restarts, ${kills} of them with the API killed in the middle`);
    for (let round = 1; round <= pauses; round++) {
      await this.#verb("pause", "paused");
      await this.#compare(`while paused, round ${round}`);
      await this.#verb("resume", "online");
    }
    for (let round = 1; round <= hibernations; round++) {
      await this.#verb("hibernate", "hibernated");
      await this.#verb("wake", "online");
      await this.#compare(`after wake ${round}`);
    }
    this.#log(`${pauses} pauses and ${hibernations} hibernations`);
    await this.#deleteAndRestore();
    const receiptVerification = await this.#erase();
    return {
      entries: this.#expected.size,
      restarts,
      kills,
      comparedThroughApi: this.#comparedThroughApi,
      comparedOnEngine: this.#comparedOnEngine,
      receiptVerification,
    };
  }

  async cleanUp(): Promise<void> {
    await this.#inspector.cleanUp();
  }

  async #deleteAndRestore(): Promise<void> {
    await this.#client.workspaces.delete.mutate({ id: this.#id, confirmName: "proof" });
    await this.#waitForStatus("deleted");
    const volumePaths = await this.#inspector.volumePaths(this.#volumeId);
    if (volumePaths.length === 0) throw new Error("DATA-VOLUME REGRESSION: a delete without erase lost the volume.");
    if ((await this.#inspector.machines(this.#id)).length > 0)
      throw new Error("A machine was left behind by the delete.");
    this.#log(`deleted without erase; the engine still holds ${volumePaths.join(", ")}`);
    await this.#client.workspaces.restore.mutate({ id: this.#id });
    await this.#waitForStatus("online");
    await this.#compare("after delete and restore");
  }

  async #erase(): Promise<string> {
    await this.#client.workspaces.delete.mutate({ id: this.#id, confirmName: "proof", eraseData: true });
    await this.#waitForStatus("deleted");
    const volumePaths = await this.#inspector.volumePaths(this.#volumeId);
    if (volumePaths.length > 0) throw new Error(`Erased data was left behind: ${volumePaths.join(", ")}`);
    const receipt = await this.#client.volumes.receipt.query({ id: this.#volumeId });
    this.#log(`deleted with erase; the engine no longer has the volume. Receipt: ${receipt.verification}`);
    return receipt.verification;
  }

  async #restart(killApi: boolean): Promise<void> {
    const before = await this.#workspace();
    await this.#client.workspaces.restart.mutate({ id: this.#id, ifGeneration: before.generation });
    if (killApi) {
      // A random delay, so that kills hit different steps.
      await setTimeout(Math.random() * RESTART_TAKES_MS);
      await this.#api.kill();
      await this.#api.start();
    }
    await this.#waitForStatus("online");
    const machines = await this.#inspector.machines(this.#id);
    if (machines.length !== 1)
      throw new Error(`There are ${machines.length} machines after a restart: ${machines.join(", ")}`);
  }

  async #verb(verb: "pause" | "resume" | "hibernate" | "wake", status: Workspace["status"]): Promise<Operation> {
    const operation = await this.#client.workspaces[verb].mutate({ id: this.#id });
    await this.#waitForStatus(status);
    return operation;
  }

  async #workspace(): Promise<Workspace> {
    return (await this.#client.workspaces.get.query({ id: this.#id })) as Workspace;
  }

  async #waitForStatus(status: Workspace["status"]): Promise<void> {
    const until = Date.now() + SETTLE_WITHIN_MS;
    for (;;) {
      const workspace = await this.#workspace();
      if (workspace.status === status) return;
      const reason = workspace.statusReason?.message ?? "no reason given";
      if (workspace.status === "failed") throw new Error(`The workspace failed: ${reason}`);
      if (Date.now() > until) throw new Error(`Still ${workspace.status} and not ${status}: ${reason}`);
      await setTimeout(POLL_MS);
    }
  }

  async #upload(source: string): Promise<void> {
    const tar = spawn("tar", ["-C", source, "-czf", "-", "."], { stdio: ["ignore", "pipe", "inherit"] });
    const response = await this.#files("workspace/?extract=tar.gz", {
      method: "PUT",
      body: Readable.toWeb(tar.stdout) as BodyInit,
      duplex: "half",
    } as RequestInit);
    if (!response.ok) throw new Error(`The upload was refused: ${response.status} ${await response.text()}`);
  }

  async #compare(when: string): Promise<void> {
    const response = await this.#files("workspace/?archive=tar", {});
    if (!response.ok || !response.body) throw new Error(`The tree could not be read ${when}: ${await response.text()}`);
    const actual = await manifestOfTar(Readable.fromWeb(response.body as never));
    this.#expectEqual(actual, `${when}, through the API`);
    this.#comparedThroughApi += 1;
    const onDisk = await this.#inspector.workspaceTree(this.#volumeId);
    if (!onDisk) return;
    this.#expectEqual(onDisk, `${when}, on the engine's disk`);
    this.#comparedOnEngine += 1;
  }

  #expectEqual(actual: Manifest, when: string): void {
    const found = differences(this.#expected, actual);
    if (found.length > 0) throw new Error(`DATA-VOLUME REGRESSION ${when}:\n${found.join("\n")}`);
  }

  async #files(path: string, init: RequestInit): Promise<Response> {
    const authorization = `Bearer ${await this.#api.ownerToken()}`;
    return fetch(`${this.#api.url}/files/${this.#id}/${path}`, { ...init, headers: { authorization } });
  }

  #log(line: string): void {
    this.#options.log?.(line);
  }
}
