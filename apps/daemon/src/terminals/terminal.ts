import { randomUUID } from "node:crypto";
import { LIMITS, type TerminalEndReason, type TerminalFacts } from "@berth/domain";
import { endSession, membersOf } from "./end-session.ts";
import { Pty, type PtyOptions } from "./pty.ts";
import { Scrollback } from "./scrollback.ts";

/** Bytes sent to a reader and not yet acknowledged. More would only delay Ctrl-C. */
const UNDER_WAY_BYTES_MAX = 128 * 1024;
/**
 * A reader this far behind pauses the program. With one more read of the kernel's buffer, its position is still in the
 * scrollback.
 */
const BEHIND_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES = 32 * 1024;
/** A reader without progress for this long is evicted while others wait for it. It can attach again. */
const STALLED_MS_MAX = 30_000;

/** One attached viewer of a terminal. */
class Reader {
  sent: number;
  received: number;
  /** The time of the last acknowledgement. */
  movedAt = performance.now();
  readonly leave = new AbortController();
  wake: () => void = () => {};

  constructor(offset: number) {
    this.sent = offset;
    this.received = offset;
  }
}

export interface Attachment {
  /** The offset of the first byte of `output`. */
  readonly offset: number;
  /** Yields the output from `offset` until the shell ends or the reader is evicted. */
  output(): AsyncGenerator<Buffer>;
  received(offset: number): void;
  /** The shell's exit code after `output` ends; null when the reader was evicted first. */
  exitCode(): number | null;
  detach(): void;
}

export interface UnusedAfter {
  neverAttachedMs: number;
  detachedMs: number;
}

/** A shell, its recent output and its readers. It keeps running without readers. */
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
  /** The monotonic time of the last output or detach. */
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

  /** Ends the shell and everything it started. */
  async close(reason: TerminalEndReason): Promise<void> {
    // From here on, readers no longer pause the shell: its remaining output does not matter.
    this.#closedFor ??= reason;
    this.#pace();
    await endSession(this.#pty.pid);
    await this.ended;
  }

  /** True without a reader, without output for a while, and without a program other than the shell. */
  async isUnused({ neverAttachedMs, detachedMs }: UnusedAfter): Promise<boolean> {
    if (this.#readers.size > 0) return false;
    const limitMs = this.#wasAttached ? detachedMs : neverAttachedMs;
    if (performance.now() - this.#usedAt < limitMs) return false;
    return (await membersOf(this.#pty.pid)).length <= 1;
  }

  /** @param after the offset up to which the reader has the output; null for a new reader. */
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
      // Only a closing terminal can drop output that a reader has not seen.
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

  /** Pauses the program while the slowest reader is far behind, so that no reader misses output. */
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
    this.#watch = setInterval(() => this.#releaseStalled(), STALLED_MS_MAX / 2);
    this.#watch.unref();
  }

  /** Evicts readers with a dead connection, so that they do not pause the shell for other readers. */
  #releaseStalled(): void {
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
