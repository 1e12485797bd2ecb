import { setTimeout as pause } from "node:timers/promises";
import { LIMITS } from "@berth/domain";
import { membersOf } from "../terminals/end-session.ts";
import { type Mark, markedWith } from "./inherited-mark.ts";

const GRACE_MS = LIMITS.commandGraceSeconds * 1000;
/** Within this time the kernel does not run through all its pids. */
const YOUNG_MS_MAX = 500;
const POLL_MS_MIN = 5;
const POLL_MS_MAX = 200;
/** A process that waits for a device does not end. It must not keep the command open. */
const KILL_MS_MAX = 10_000;

/** Every process of a command: its main process and all descendants, however they detached themselves. */
export class ProcessGroup {
  readonly #session: number;
  readonly #mark: Mark | null;
  readonly #noGrace = Promise.withResolvers<void>();
  readonly #startedMs = performance.now();
  #isKilling = false;
  #ending: Promise<void> | undefined;

  /** @param mark null where processes cannot be marked; then those that leave the session are not found. */
  constructor(session: number, mark: Mark | null) {
    this.#session = session;
    this.#mark = mark;
  }

  async deliver(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await this.#members()) send(pid, signal);
  }

  /** Sends SIGTERM, and SIGKILL to what is left after the grace period. Resolves once no process is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The same without the grace period. */
  kill(): Promise<void> {
    this.#isKilling = true;
    this.#noGrace.resolve();
    return this.end();
  }

  /** The main process first: a shell whose child ends before it would report an exit code instead of the signal. */
  async #members(): Promise<number[]> {
    const found = await this.#find();
    const others = found.filter((pid) => pid !== this.#session);
    return others.length === found.length ? others : [this.#session, ...others];
  }

  #find(): Promise<number[]> {
    if (this.#mark === null) return membersOf(this.#session);
    const isYoung = performance.now() - this.#startedMs < YOUNG_MS_MAX;
    return markedWith(this.#mark, isYoung ? this.#session : 0);
  }

  async #end(): Promise<void> {
    const graceUntil = performance.now() + GRACE_MS;
    let isAsked = false;
    for (let waitMs = POLL_MS_MIN; performance.now() < graceUntil; waitMs = Math.min(waitMs * 2, POLL_MS_MAX)) {
      const members = await this.#members();
      if (members.length === 0) return;
      if (this.#isKilling) break;
      if (!isAsked) for (const pid of members) askToEnd(pid);
      isAsked = true;
      await Promise.race([pause(waitMs), this.#noGrace.promise]);
    }
    await this.#killAll();
  }

  async #killAll(): Promise<void> {
    const giveUpAt = performance.now() + KILL_MS_MAX;
    for (let waitMs = 1; performance.now() < giveUpAt; waitMs = Math.min(waitMs * 2, POLL_MS_MAX)) {
      const members = await this.#members();
      if (members.length === 0) return;
      // Stop all of them first: a program that forks faster than it is found would otherwise escape.
      for (const pid of members) send(pid, "SIGSTOP");
      for (const pid of new Set([...members, ...(await this.#members())])) send(pid, "SIGKILL");
      await pause(waitMs);
    }
  }
}

function askToEnd(pid: number): void {
  send(pid, "SIGTERM");
  // A stopped process receives the signal only after it continues.
  send(pid, "SIGCONT");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to another user.
  }
}
