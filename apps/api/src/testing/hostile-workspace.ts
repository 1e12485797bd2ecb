import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { HOSTILE_DAEMON, type Misbehaviour } from "@berth/backends/testing";
import { startDaemon } from "@berth/daemon/start";
import type { DaemonBoot } from "@berth/domain";
import type { StartOptions } from "../start-api.ts";

/** Shortens deadlines for the hostile daemon only; other workspaces keep the product's deadlines. */
const HOSTILE_DEADLINE_SCALE = 0.003;
const AGAIN_AFTER_MS = 500;

/** Replaces the daemon of the named workspace with a hostile one, in a separate process with the real token. */
export class HostileWorkspace {
  readonly #name: string;
  readonly #incarnations = new Set<string>();
  #child: ChildProcess | undefined;
  #misbehaviour: Misbehaviour | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  readonly daemons: NonNullable<StartOptions["daemons"]> = {
    start: async (boot, options) =>
      boot.environment.BERTH_WORKSPACE_NAME === this.#name ? this.#start(boot) : startDaemon(boot, options),
    deadlineScale: (incarnationId) => (this.#incarnations.has(incarnationId) ? HOSTILE_DEADLINE_SCALE : 1),
  };

  /** Sets how it responds to every call from now on. */
  async misbehaves(misbehaviour: Misbehaviour): Promise<void> {
    this.#misbehaviour = misbehaviour;
    await this.#send();
  }

  async #send(): Promise<void> {
    const child = this.#child;
    if (!child?.connected || this.#misbehaviour === undefined) return;
    const heard = new AbortController();
    const events = ["message", "exit"].map((event) => once(child, event, { signal: heard.signal }));
    child.send({ misbehaviour: this.#misbehaviour });
    await Promise.race(events);
    heard.abort();
  }

  /** Reconnects whenever its connection ends, like a real daemon. */
  async #start(boot: DaemonBoot): Promise<{ close(): Promise<void> }> {
    this.#incarnations.add(boot.incarnationId);
    let closed = false;
    const socketPath = boot.tunnelUrl.slice("ws+unix:".length, boot.tunnelUrl.lastIndexOf(":/"));
    const run = () => {
      if (closed) return;
      const child = fork(HOSTILE_DAEMON, [socketPath, boot.incarnationId, boot.tunnelToken], {
        execArgv: [],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      this.#child = child;
      void this.#send();
      child.once("exit", () => setTimeout(run, AGAIN_AFTER_MS));
    };
    run();
    return {
      close: async () => {
        closed = true;
        if (this.#child?.exitCode === null && this.#child.kill("SIGKILL")) await once(this.#child, "exit");
      },
    };
  }
}
