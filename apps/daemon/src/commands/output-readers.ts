import { COMMAND_STREAMS, type CommandStream, OUTPUT_FRAME_HEAD_BYTES, sealOutputFrame } from "@berth/domain";
import type { OutputRing } from "./output-ring.ts";

const FRAME_BYTES_MAX = 256 * 1024;
/** A reader without progress for this long no longer holds up the command. It then misses what the ring drops. */
const STALLED_MS_MAX = 60_000;
const CHECK_MS = 5_000;

type Offsets = Record<CommandStream, number>;

class Reader {
  readonly at: Offsets;
  /** The time of the last part that it has taken. */
  movedAt = performance.now();
  isStalled = false;
  hasNews = false;
  wake: () => void = () => {};

  constructor(at: Readonly<Offsets>) {
    this.at = { ...at };
  }
}

interface Source {
  /** Stops reading the command's output, so that the command waits when it writes more. */
  hold(stream: CommandStream): void;
  release(stream: CommandStream): void;
}

/**
 * The readers of a command's output. While one is attached and takes what it gets, the command waits for it, so that it
 * misses nothing. Without readers the command runs freely and the rings drop the oldest bytes.
 */
export class OutputReaders {
  readonly #rings: Readonly<Record<CommandStream, OutputRing>>;
  readonly #source: Source;
  readonly #readers = new Set<Reader>();
  readonly #held = new Set<CommandStream>();
  /** Stands in for the first reader until that is attached. */
  #expected: Reader | null = null;
  #watch: NodeJS.Timeout | undefined;
  #waits = true;
  #isOver = false;

  constructor(rings: Readonly<Record<CommandStream, OutputRing>>, source: Source) {
    this.#rings = rings;
    this.#source = source;
  }

  /** True once the output is complete. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** From the start the command waits for a reader that will attach soon. */
  expectOne(): void {
    this.#expected = new Reader({ stdout: 0, stderr: 0 });
    this.#readers.add(this.#expected);
  }

  added(stream: CommandStream): void {
    this.#wakeAll();
    this.#pace(stream);
  }

  /** The output is complete. */
  finish(): void {
    this.#isOver = true;
    clearInterval(this.#watch);
    this.#wakeAll();
  }

  /** From here on the command waits for no reader. */
  waitForNone(): void {
    this.#waits = false;
    for (const stream of COMMAND_STREAMS) this.#pace(stream);
  }

  /** Ends every reader. */
  close(): void {
    for (const reader of this.#readers) reader.wake();
    this.#readers.clear();
  }

  /** Yields frames from the offsets until the output is complete, or the signal aborts. */
  async *read(after: Readonly<Offsets>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = new Reader(after);
    const leave = () => {
      this.#readers.delete(reader);
      reader.wake();
      for (const stream of COMMAND_STREAMS) this.#pace(stream);
    };
    this.#readers.add(reader);
    if (this.#expected !== null) this.#readers.delete(this.#expected);
    this.#expected = null;
    signal.addEventListener("abort", leave, { once: true });
    try {
      while (this.#readers.has(reader)) {
        reader.hasNews = false;
        const isLast = this.#isOver;
        let isUpToDate = true;
        for (const stream of COMMAND_STREAMS) {
          const frame = await this.#nextFrame(reader, stream);
          if (frame === null) continue;
          isUpToDate = false;
          yield frame;
          reader.movedAt = performance.now();
          reader.isStalled = false;
          this.#pace(stream);
        }
        if (!isUpToDate || reader.hasNews) continue;
        if (isLast) return;
        await new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  async #nextFrame(reader: Reader, stream: CommandStream): Promise<Uint8Array | null> {
    const ring = this.#rings[stream];
    for (;;) {
      const offset = Math.max(reader.at[stream], ring.start);
      const length = Math.min(ring.end - offset, FRAME_BYTES_MAX);
      if (length <= 0) return null;
      const frame = Buffer.allocUnsafe(OUTPUT_FRAME_HEAD_BYTES + length);
      const bytes = await ring.read(frame.subarray(OUTPUT_FRAME_HEAD_BYTES), offset, length);
      if (!this.#readers.has(reader)) return null;
      // They were overwritten while they were read: go on at the first byte that is kept.
      if (bytes === 0) continue;
      reader.at[stream] = offset + bytes;
      return sealOutputFrame(frame, { stream, offset, length: bytes });
    }
  }

  #wakeAll(): void {
    for (const reader of this.#readers) {
      reader.hasNews = true;
      reader.wake();
    }
  }

  /** Holds a stream while the slowest reader that still reads is behind by half of what the ring keeps. */
  #pace(stream: CommandStream): void {
    const ring = this.#rings[stream];
    const behindMax = ring.bytesMax / 2;
    const isBehind = (reader: Reader) => !reader.isStalled && ring.end - reader.at[stream] > behindMax;
    const holds = this.#waits && !this.#isOver && [...this.#readers].some(isBehind);
    if (holds === this.#held.has(stream)) return;
    if (holds) {
      this.#held.add(stream);
      this.#source.hold(stream);
    } else {
      this.#held.delete(stream);
      this.#source.release(stream);
    }
    clearInterval(this.#watch);
    if (this.#held.size === 0) return;
    this.#watch = setInterval(() => this.#markStalled(), CHECK_MS);
    this.#watch.unref();
  }

  #markStalled(): void {
    for (const reader of this.#readers) reader.isStalled ||= performance.now() - reader.movedAt > STALLED_MS_MAX;
    for (const stream of COMMAND_STREAMS) this.#pace(stream);
  }
}
