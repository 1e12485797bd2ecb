import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiProcess, ownerOf, processesWith, startProcess } from "../api-process.ts";
import type { Answer } from "../test-api.ts";

/** From Debian's package `faketime`: the only way to change the clock of the API and its Postgres and of nothing else. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
export const canFakeTime = existsSync(FAKETIME);

const CALL_MS_MAX = 60_000;
const BACK_MS_MAX = 120_000;

/** Berth as a real process with embedded Postgres and local workspaces, and everything that may happen to it. */
export class RandomBerth implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly #root: string;
  /** Answers that Berth itself had not expected to give. */
  readonly internalErrors: string[] = [];
  #logBefore = "";
  #process: ApiProcess;
  #owner: Awaited<ReturnType<typeof ownerOf>> | null = null;

  private constructor(root: string) {
    this.#root = root;
    this.dataDirectory = join(root, "data");
    this.#process = this.#spawn();
  }

  static async start(): Promise<RandomBerth> {
    const root = await mkdtemp(join(tmpdir(), "berth-lives-"));
    await mkdir(join(root, "data"), { mode: 0o700 });
    await writeFile(join(root, "clock"), "+0");
    const berth = new RandomBerth(root);
    await berth.#serving();
    return berth;
  }

  /** An answer, from this process or from the one that follows it. A request without an answer may have been carried out. */
  async call(name: string, input?: unknown, key?: string): Promise<Answer> {
    const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
    const answer = await this.#patiently(() => this.#ready().call(name, input, { headers }));
    if (answer.problem?.code === "internal") {
      const failure = this.#failureOf(name);
      // Without a line of Berth's it is a daemon's own, which its boot log tells about.
      if (failure) this.internalErrors.push(`${name}: ${failure}`);
      else process.stderr.write(`${name}: ${answer.problem.message}\n`);
    }
    return answer;
  }

  /** Repeating it is harmless: the same bytes go to the same name. */
  async put(workspaceId: string, name: string, content: string): Promise<Answer> {
    const path = `/files/${workspaceId}/workspace/${name}`;
    return this.#patiently(() => this.#ready().request(path, { method: "PUT", body: content }));
  }

  #ready() {
    if (!this.#owner) throw new TypeError("Berth is not serving.");
    return this.#owner;
  }

  async #patiently(request: () => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + BACK_MS_MAX;
    for (;;) {
      const isLate = performance.now() > deadline;
      try {
        const answer = await withDeadline(request());
        // Postgres ends connections when the clock jumps, and the store may be away: as the answer says, it is asked again.
        if (answer.status !== 503 || isLate) return answer;
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

  /** Copies the database while Berth is stopped, as docs/operating.md says. */
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

  /** Seconds between the real clock and that of the API and Postgres. Takes effect within a second. */
  async setClock(offsetSeconds: number): Promise<void> {
    await writeFile(join(this.#root, "clock"), `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}`);
  }

  /** The store is gone, as when its disk is not mounted: an empty folder is where the mount point was. */
  async unmount(): Promise<void> {
    await rename(this.volumes, `${this.volumes}.unmounted`);
    await mkdir(this.volumes, { mode: 0o700 });
  }

  /** @returns what was written into the mount point meanwhile. */
  async mount(): Promise<string[]> {
    const written = await readdir(this.volumes);
    await rm(this.volumes, { recursive: true });
    await rename(`${this.volumes}.unmounted`, this.volumes);
    return written;
  }

  get volumes(): string {
    return join(this.dataDirectory, "volumes");
  }

  get log(): string {
    return this.#logBefore + this.#process.said.errors;
  }

  #failureOf(name: string): string | undefined {
    return this.log.split("\n").findLast((line) => line.includes(`"procedure failed","path":"${name}"`));
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
    const clock = {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: join(this.#root, "clock"),
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    return startProcess({
      BERTH_DATA_DIR: this.dataDirectory,
      BERTH_BACKENDS: "local",
      BERTH_SWEEP_INTERVAL_SECONDS: "2",
      BERTH_SWEEP_MIN_AGE_SECONDS: "5",
      ...(canFakeTime ? clock : {}),
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
    await rm(this.#root, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function withDeadline(request: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("No answer in time.")), CALL_MS_MAX);
  try {
    return await Promise.race([request, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
