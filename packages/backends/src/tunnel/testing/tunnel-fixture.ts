import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleDaemon } from "@berth/daemon";
import type { DaemonBoot } from "@berth/domain";
import { type DaemonSession, listenUnix, TunnelHub, type TunnelHubOptions, type UnixListener } from "../index.ts";

export const TOKEN = "a-token-of-the-test";
const CONNECT_MS = 10_000;

/** A hub on a unix socket and real daemon processes that connect to it. All of them end with the fixture. */
export class TunnelFixture implements AsyncDisposable {
  readonly directory: string;
  hub: TunnelHub;
  #listener: UnixListener | undefined;
  readonly #daemons: DaemonProcess[] = [];

  readonly #options: HubOptions;

  private constructor(directory: string, options: HubOptions) {
    this.directory = directory;
    this.#options = options;
    this.hub = makeHub(options);
  }

  static async open(options: HubOptions = {}): Promise<TunnelFixture> {
    const fixture = new TunnelFixture(await mkdtemp(join(tmpdir(), "berth-tunnel-")), options);
    await fixture.#listen();
    return fixture;
  }

  get tunnelUrl(): string {
    return `ws+unix:${join(this.directory, "api.sock")}:/tunnel`;
  }

  async startDaemon(changes: Partial<DaemonBoot> = {}): Promise<DaemonProcess> {
    const daemon = await DaemonProcess.start(this, changes);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** The daemon's session, once it has connected. */
  session(daemon: DaemonProcess): Promise<DaemonSession> {
    return this.hub.waitFor(daemon.boot.incarnationId, { signal: AbortSignal.timeout(CONNECT_MS) });
  }

  /** Like a restart of the API: the old process and its socket are gone before the new one starts. */
  async stopHub(): Promise<void> {
    await this.#listener?.close();
    await this.hub.close();
  }

  async startHub(): Promise<void> {
    this.hub = makeHub(this.#options);
    await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons) await daemon.kill("SIGKILL");
    await this.stopHub();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #listen(): Promise<void> {
    this.#listener = await listenUnix(this.hub, { path: join(this.directory, "api.sock"), mode: 0o600 });
  }
}

type HubOptions = Pick<TunnelHubOptions, "deadlineScale">;

const makeHub = (options: HubOptions) =>
  new TunnelHub({
    ...options,
    authenticate: async ({ token }) => (token === TOKEN ? { workspaceId: "workspace-1", purpose: "workspace" } : null),
  });

export class DaemonProcess {
  readonly boot: DaemonBoot;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly exited: Promise<number | null>;

  private constructor(boot: DaemonBoot, child: ChildProcess) {
    this.boot = boot;
    this.#child = child;
    this.exited = once(child, "exit").then(([code]) => code as number | null);
    child.stdout?.on("data", (chunk: Buffer) => this.#lines.push(chunk.toString()));
  }

  static async start(fixture: TunnelFixture, changes: Partial<DaemonBoot>): Promise<DaemonProcess> {
    const boot = await makeBoot(fixture, changes);
    const { path } = await bundleDaemon();
    const child = spawn(process.execPath, [path], {
      env: { PATH: "/usr/bin:/bin", BERTH_BOOT: JSON.stringify(boot) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    return new DaemonProcess(boot, child);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The daemon's standard output. */
  get bootLog(): string {
    return this.#lines.join("");
  }

  /** Like the end of the process that reads the daemon's output. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  root(name: "/workspace" | "/configs" | "/agent-home"): string {
    return this.boot.roots[name] ?? "";
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    return await this.exited;
  }

  /** The peak memory of the process. */
  async peakMemoryBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}

async function makeBoot(fixture: TunnelFixture, changes: Partial<DaemonBoot>): Promise<DaemonBoot> {
  const home = join(fixture.directory, randomUUID());
  await mkdir(home);
  return {
    tunnelUrl: fixture.tunnelUrl,
    tunnelToken: TOKEN,
    workspaceId: "workspace-1",
    incarnationId: randomUUID(),
    generation: 1,
    roots: {
      "/workspace": join(home, "workspace"),
      "/configs": join(home, "configs"),
      "/agent-home": join(home, "home"),
    },
    configTemplate: {},
    command: null,
    environment: {},
    stateDirectory: join(home, "state"),
    ...changes,
  };
}

/** Polls until the value is right, with a deadline. */
export async function until<T>(
  ask: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  deadlineMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (isRight(value)) return value;
    if (performance.now() > deadline) throw new Error(`Still ${JSON.stringify(value)} after ${deadlineMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
