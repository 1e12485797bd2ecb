import { randomUUID } from "node:crypto";
import { LIMITS, type TerminalEndReason, type TerminalFacts } from "@berth/domain";
import { endSession, membersOf } from "./end-session.ts";
import { Pty, type PtyOptions } from "./pty.ts";
import { Scrollback } from "./scrollback.ts";

/** Sent and not yet dealt with. More only makes Ctrl-C late. */
const UNDER_WAY_BYTES_MAX = 128 * 1024;
/** A reader this far behind holds the program up. With one read of the kernel's on top it still lies in the scrollback. */
const BEHIND_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES = 32 * 1024;
/** One who takes nothing for so long, while others wait for him, is let go of. He may come back. */
const STALLED_MS_MAX = 30_000;

/** Whoever looks at a terminal. */
class Reader {
  sent: number;
  received: number;
  /** When something was last dealt with. */
  movedAt = performance.now();
  readonly leave = new AbortController();
  wake: () => void = () => {};

  constructor(offset: number) {
    this.sent = offset;
    this.received = offset;
  }
}

export interface Attachment {
  /** Where the output begins. */
  readonly offset: number;
  /** Everything printed from there on, until the shell has ended or the reader is let go of. */
  output(): AsyncGenerator<Buffer>;
  received(offset: number): void;
  /** The shell's, once `output` has come to its end; null when the reader was let go of before. */
  exitCode(): number | null;
  detach(): void;
}

export interface UnusedAfter {
  neverAttachedMs: number;
  detachedMs: number;
}

/** A shell, what it has printed lately, and whoever looks at it. It goes on when nobody does. */
export class Terminal {
  readonly id = randomUUID();
  readonly ended: Promise<void>;
  readonly #createdAt = new Date().toISOString();
  readonly #shell: string;
  readonly #pty: Pty;
  readonly #scrollback = new Scrollback(LIMITS.terminalScrollbackBytes);
  readonly #readers = new Set<Reader>();
  #size: { columns: number; rows: number };
  #end: { at: string; reason: TerminalEndReason; exitCode: number } | null = null;
  #closedFor: TerminalEndReason | null = null;
  #wasAttached = false;
  /** When it last printed something or lost a viewer. Monotonic. */
  #usedAt = performance.now();
  #held = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: PtyOptions) {
    this.#shell = options.file;
    this.#size = { columns: options.columns, rows: options.rows };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#pty = new Pty(options, {
      output: (chunk) => {
        this.#scrollback.append(chunk);
        this.#usedAt = performance.now();
        this.#wakeAll();
        this.#pace();
      },
      ended: (exitCode) => {
        this.#end = { at: new Date().toISOString(), reason: this.#closedFor ?? "exited", exitCode };
        this.#wakeAll();
        resolve();
      },
    });
  }

  get facts(): TerminalFacts {
    return {
      id: this.id,
      shell: this.#shell,
      ...this.#size,
      attached: this.#readers.size,
      createdAt: this.#createdAt,
      endedAt: this.#end?.at ?? null,
      endReason: this.#end?.reason ?? null,
      exitCode: this.#end?.exitCode ?? null,
    };
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#pty.write(bytes);
  }

  resize(size: { columns: number; rows: number }): void {
    this.#size = size;
    this.#pty.resize(size.columns, size.rows);
  }

  /** Ends the shell and all it has started. */
  async close(reason: TerminalEndReason): Promise<void> {
    // From here on no reader is waited for: what the shell still prints is of no use.
    this.#closedFor ??= reason;
    this.#pace();
    await endSession(this.#pty.pid);
    await this.ended;
  }

  /** Whether nobody uses it: no viewer, no output for a while, and no program in it besides the shell. */
  async isUnused({ neverAttachedMs, detachedMs }: UnusedAfter): Promise<boolean> {
    if (this.#readers.size > 0) return false;
    const limitMs = this.#wasAttached ? detachedMs : neverAttachedMs;
    if (performance.now() - this.#usedAt < limitMs) return false;
    return (await membersOf(this.#pty.pid)).length <= 1;
  }

  /** `after` is what the reader has already; null when it has nothing. */
  attach(after: number | null): Attachment {
    const { start, end, firstWhole } = this.#scrollback;
    const offset = after === null ? firstWhole : Math.min(Math.max(after, start), end);
    const reader = new Reader(offset);
    this.#readers.add(reader);
    this.#wasAttached = true;
    return {
      offset,
      output: () => this.#read(reader),
      exitCode: () => (reader.leave.signal.aborted ? null : (this.#end?.exitCode ?? null)),
      received: (seen) => {
        reader.received = Math.min(Math.max(seen, reader.received), reader.sent);
        reader.movedAt = performance.now();
        reader.wake();
        this.#pace();
      },
      detach: () => {
        this.#readers.delete(reader);
        this.#usedAt = performance.now();
        reader.leave.abort();
        reader.wake();
        this.#pace();
      },
    };
  }

  async *#read(reader: Reader): AsyncGenerator<Buffer> {
    while (!reader.leave.signal.aborted) {
      // Only one that is being closed runs away from its readers.
      reader.sent = Math.max(reader.sent, this.#scrollback.start);
      const room = UNDER_WAY_BYTES_MAX - (reader.sent - reader.received);
      const chunk = room <= 0 ? null : this.#scrollback.read(reader.sent, Math.min(room, CHUNK_BYTES));
      if (chunk && chunk.length > 0) {
        reader.sent += chunk.length;
        this.#pace();
        yield chunk;
      } else if (this.#end !== null && (this.#closedFor !== null || reader.sent === this.#scrollback.end)) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
      }
    }
  }

  #wakeAll(): void {
    for (const reader of this.#readers) reader.wake();
  }

  /** The program is held up while the slowest reader is far behind, so that nobody misses anything. */
  #pace(): void {
    const end = this.#scrollback.end;
    const hold = this.#closedFor === null && [...this.#readers].some((reader) => end - reader.sent > BEHIND_BYTES_MAX);
    if (hold === this.#held) return;
    this.#held = hold;
    clearInterval(this.#watch);
    if (!hold) {
      this.#pty.resume();
      return;
    }
    this.#pty.pause();
    this.#watch = setInterval(() => this.#letGoOfStalled(), STALLED_MS_MAX / 2);
    this.#watch.unref();
  }

  /** One whose line has died without a word must not hold up the shell for another who waits. */
  #letGoOfStalled(): void {
    const stalled = [...this.#readers].filter((reader) => performance.now() - reader.movedAt > STALLED_MS_MAX);
    if (stalled.length === this.#readers.size) return;
    for (const reader of stalled) {
      this.#readers.delete(reader);
      reader.leave.abort();
      reader.wake();
    }
    this.#pace();
  }
}
