import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiProcess, ownerOf, processesWith, startProcess } from "../api-process.ts";
import type { ApiResponse } from "../test-api.ts";
import { FakeClock } from "./clock.ts";
import { openStoreDisk, type StoreDisk } from "./store-disk.ts";

const CALL_MS_MAX = 60_000;
const BACK_MS_MAX = 300_000;

const dataDirectoryIn = (root: string): string => join(root, "data");
const volumesIn = (dataDirectory: string): string => join(dataDirectory, "volumes");

/** Berth as a real process with embedded Postgres and local workspaces, and the faults that a test can inject. */
export class RandomBerth implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly clock: FakeClock;
  readonly #root: string;
  readonly #disk: StoreDisk;
  readonly #settings: Record<string, string>;
  /** Responses with the problem `internal`. */
  readonly internalErrors: string[] = [];
  #logBefore = "";
  #process: ApiProcess;
  #owner: Awaited<ReturnType<typeof ownerOf>> | null = null;

  private constructor(options: { root: string; clock: FakeClock; disk: StoreDisk; settings: Record<string, string> }) {
    this.#root = options.root;
    this.clock = options.clock;
    this.#disk = options.disk;
    this.#settings = options.settings;
    this.dataDirectory = dataDirectoryIn(options.root);
    this.#process = this.#spawn();
  }

  static async start(settings: Record<string, string>): Promise<RandomBerth> {
    const root = await mkdtemp(join(tmpdir(), "berth-lives-"));
    await mkdir(dataDirectoryIn(root), { mode: 0o700 });
    const clock = new FakeClock(join(root, "clock"));
    await clock.setError(0);
    const disk = await openStoreDisk(root, volumesIn(dataDirectoryIn(root)));
    const berth = new RandomBerth({ root, clock, disk, settings });
    await berth.#serving();
    return berth;
  }

  /** Calls a procedure and retries until a process responds. A request without a response may have been executed. */
  async call(name: string, input?: unknown, key?: string): Promise<ApiResponse> {
    const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
    const response = await this.#patiently(() => this.#ready().call(name, input, { headers }));
    if (response.problem?.code === "internal") {
      const logged = this.log.split("\n").findLast((line) => line.includes(`"procedure failed","path":"${name}"`));
      this.internalErrors.push(`${name}: ${response.problem.message} ${logged ?? "Nothing was logged."}`);
    }
    return response;
  }

  /** Safe to retry, because the same bytes go to the same name. */
  async put(workspaceId: string, name: string, content: string): Promise<ApiResponse> {
    const path = `/files/${workspaceId}/workspace/${name}`;
    return this.#patiently(() => this.#ready().request(path, { method: "PUT", body: content }));
  }

  #ready() {
    if (!this.#owner) throw new TypeError("Berth is not serving.");
    return this.#owner;
  }

  async #patiently(request: () => Promise<ApiResponse>): Promise<ApiResponse> {
    const deadline = performance.now() + BACK_MS_MAX;
    for (;;) {
      const isLate = performance.now() > deadline;
      try {
        const response = await withDeadline(request());
        // Retried, as the response says: Postgres ends connections when the clock jumps, and the store may be
        // unmounted.
        if (response.status !== 503 || isLate) return response;
      } catch (error) {
        if (isLate) throw error;
      }
      await pause(200);
    }
  }

  async kill(): Promise<void> {
    this.#owner = null;
    await this.#process.kill("SIGKILL");
    await this.#again();
  }

  async restart(): Promise<void> {
    await this.#end();
    await this.#again();
  }

  /** Copies the database while Berth is stopped, as docs/operating.md describes. */
  async backUpDatabase(): Promise<void> {
    await this.#end();
    await rm(this.#backup, { recursive: true, force: true });
    await cp(this.#database, this.#backup, { recursive: true, preserveTimestamps: true });
    await this.#again();
  }

  async restoreDatabase(): Promise<void> {
    await this.#end();
    await rm(this.#database, { recursive: true });
    await cp(this.#backup, this.#database, { recursive: true, preserveTimestamps: true });
    await this.#again();
  }

  get hasBackup(): boolean {
    return existsSync(this.#backup);
  }

  /** Removes the store, like an unmounted disk. */
  unmount(): Promise<void> {
    return this.#disk.unmount();
  }

  /** @returns the entries written into the mount point in the meantime. */
  mount(): Promise<string[]> {
    return this.#disk.mount();
  }

  get volumes(): string {
    return volumesIn(this.dataDirectory);
  }

  get log(): string {
    return this.#logBefore + this.#process.printed.errors;
  }

  daemons(): Promise<number[]> {
    return processesWith(this.dataDirectory, "daemon.cjs");
  }

  get #database(): string {
    return join(this.dataDirectory, "postgres");
  }

  get #backup(): string {
    return join(this.#root, "backup");
  }

  #spawn(): ApiProcess {
    return startProcess({
      BERTH_DATA_DIR: this.dataDirectory,
      BERTH_BACKENDS: "local",
      BERTH_SWEEP_INTERVAL_SECONDS: "2",
      BERTH_SWEEP_MIN_AGE_SECONDS: "5",
      ...this.#settings,
      ...this.clock.environment,
    });
  }

  async #end(): Promise<void> {
    this.#owner = null;
    await this.#process.kill("SIGTERM");
  }

  async #again(): Promise<void> {
    this.#logBefore = this.log;
    this.#process = this.#spawn();
    await this.#serving();
  }

  async #serving(): Promise<void> {
    this.#owner = await ownerOf(this.#process, this.dataDirectory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill("SIGKILL");
    for (const pid of await this.daemons()) process.kill(pid, "SIGKILL");
    await this.#disk[Symbol.asyncDispose]();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function withDeadline(request: Promise<ApiResponse>): Promise<ApiResponse> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("No response in time.")), CALL_MS_MAX);
  try {
    return await Promise.race([request, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
