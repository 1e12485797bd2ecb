const KiB = 1024;
const MiB = 1024 * KiB;

/** Allowance for the headers of a call, twice their maximum. */
const HEADERS_BYTES = 32 * KiB;
/** A frame consists of a header and a payload. A payload as small as its header is legitimate, e.g. terminal output. */
const BYTES_PER_BODY_BYTE = 2;
/** Pings, settings and window updates. */
const UNREQUESTED_BYTES_PER_SECOND = MiB;
const UNREQUESTED_BYTES_MAX = 4 * MiB;
/** Bytes in flight when a call ends arrive within this time. */
const LATE_MS_MAX = 30_000;

export interface Windows {
  /** How much a stream may send before it is read. */
  streamBytes: number;
  /** The same for a connection. Node counts bytes passed to a stream as read, so it limits only the bytes in flight. */
  sessionBytes: number;
}

/**
 * Compares the bytes received over a connection with what the API has requested. Unrequested frames (pings, settings,
 * resets, data in single bytes) cost the API more CPU and memory than their sender, so only a few are tolerated.
 */
export class TrafficMeter {
  readonly #windows: Windows;
  #checkedAtMs = performance.now();
  #checkedBytes = 0;
  #allowedBytes = UNREQUESTED_BYTES_MAX;
  #openCalls = 0;

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  /**
   * Records a new call. Its response fills the window before it is read, and keeps arriving after the call is
   * cancelled.
   *
   * @returns a function to call once the call has ended
   */
  recordCall(): () => void {
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

  /** Records bytes of a response's body that were read. */
  read(bytes: number): void {
    this.#allowedBytes += bytes * BYTES_PER_BODY_BYTE;
  }

  /** Whether more bytes arrived than are allowed since the connection was opened. */
  isFlooded(receivedBytes: number): boolean {
    const nowMs = performance.now();
    const refill = ((nowMs - this.#checkedAtMs) / 1000) * UNREQUESTED_BYTES_PER_SECOND;
    const left = this.#allowedBytes + refill - (receivedBytes - this.#checkedBytes);
    this.#checkedAtMs = nowMs;
    this.#checkedBytes = receivedBytes;
    this.#allowedBytes = Math.min(left, UNREQUESTED_BYTES_MAX + this.#openCalls * this.#callBytes);
    return left < 0;
  }
}
