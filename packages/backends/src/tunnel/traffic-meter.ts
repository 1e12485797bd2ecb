const KiB = 1024;
const MiB = 1024 * KiB;

/** What a call may bring besides its body: the headers, twice over. */
const HEADERS_BYTES = 32 * KiB;
/** A frame's header and its payload: a payload as small as its header is fair, e.g. what a terminal prints. */
const BYTES_PER_BODY_BYTE = 2;
/** Pings, settings and window updates. */
const UNASKED_BYTES_PER_SECOND = MiB;
const UNASKED_BYTES_MAX = 4 * MiB;
/** What was under way when a call ended arrives within this time. */
const LATE_MS_MAX = 30_000;

export interface Windows {
  /** What a stream may send before anybody reads it. */
  streamBytes: number;
  /** The same for a connection. Node counts what it has handed to a stream as read, so it bounds only what is under way. */
  sessionBytes: number;
}

/**
 * Compares what came over a connection with what the API has asked for. Frames that were not asked for (pings, settings,
 * resets, data in single bytes) cost the API more CPU and memory than their sender, so only a few are tolerated.
 */
export class TrafficMeter {
  readonly #windows: Windows;
  #checkedAtMs = performance.now();
  #checkedBytes = 0;
  #allowedBytes = UNASKED_BYTES_MAX;
  #openCalls = 0;

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  /**
   * A call was sent. Its answer fills the window before it is read, and goes on coming when it is given up.
   *
   * @returns what to call once the call has ended.
   */
  called(): () => void {
    this.#openCalls += 1;
    this.#allowedBytes += this.#callBytes;
    return () => {
      setTimeout(() => {
        this.#openCalls -= 1;
      }, LATE_MS_MAX).unref();
    };
  }

  get #callBytes(): number {
    return HEADERS_BYTES + this.#windows.streamBytes;
  }

  /** Bytes of an answer's body were read. */
  read(bytes: number): void {
    this.#allowedBytes += bytes * BYTES_PER_BODY_BYTE;
  }

  /** Whether more came than is tolerated, given all that came since the connection was opened. */
  isFlooded(receivedBytes: number): boolean {
    const nowMs = performance.now();
    const refill = ((nowMs - this.#checkedAtMs) / 1000) * UNASKED_BYTES_PER_SECOND;
    const left = this.#allowedBytes + refill - (receivedBytes - this.#checkedBytes);
    this.#checkedAtMs = nowMs;
    this.#checkedBytes = receivedBytes;
    this.#allowedBytes = Math.min(left, UNASKED_BYTES_MAX + this.#openCalls * this.#callBytes);
    return left < 0;
  }
}
