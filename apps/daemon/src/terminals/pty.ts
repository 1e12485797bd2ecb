import { createRequire } from "node:module";
import { ReadStream } from "node:tty";
import { DomainError } from "@berth/domain";
import { exitCodeOfSignal } from "../exit-code.ts";

/** The API of node-pty's native addon. */
interface Native {
  fork(
    file: string,
    args: readonly string[],
    environment: readonly string[],
    directory: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    /** Used on macOS only. */
    helper: string,
    onExit: (exitCode: number, signal: number) => void,
  ): { fd: number; pid: number };
  resize(fd: number, columns: number, rows: number): void;
}

export interface PtyOptions {
  /** The native addon, a file next to the bundle. */
  addonPath: string;
  file: string;
  directory: string;
  environment: Readonly<Record<string, string>>;
  columns: number;
  rows: number;
}

export interface PtyEvents {
  output(chunk: Buffer): void;
  /** Called once, after the last output. */
  ended(exitCode: number): void;
}

/** Background processes can keep the terminal open after the shell ends: this long without output ends it. */
const QUIET_AFTER_EXIT_MS = 200;

/**
 * One program in a pseudoterminal. node-pty's JavaScript is not used: it discards output that is unread 200 ms after the
 * end, and readers here may be slow.
 */
export class Pty {
  readonly pid: number;
  readonly #native: Native;
  readonly #fd: number;
  readonly #stream: ReadStream;
  readonly #events: PtyEvents;
  #exitCode: number | undefined;
  #paused = false;
  #heard = false;
  #closed = false;

  /** @throws DomainError `unsupported_by_backend` when the native addon cannot be loaded. */
  constructor(options: PtyOptions, events: PtyEvents) {
    this.#native = loadNative(options.addonPath);
    this.#events = events;
    const environment = Object.entries(options.environment).map(([name, value]) => `${name}=${value}`);
    const { file, directory, columns, rows } = options;
    const onExit = (code: number, signal: number) => this.#exited(signal > 0 ? exitCodeOfSignal(signal) : code);
    const { fd, pid } = this.#native.fork(file, [], environment, directory, columns, rows, -1, -1, true, "", onExit);
    this.pid = pid;
    this.#fd = fd;
    this.#stream = new ReadStream(fd);
    this.#stream.on("data", (chunk: Buffer) => {
      this.#heard = true;
      events.output(chunk);
    });
    // Linux reports EIO when the other end is closed and all output has been read.
    this.#stream.on("error", () => {});
    this.#stream.once("close", () => {
      this.#closed = true;
      this.#endIfOver();
    });
  }

  /** Stops reading output: the program blocks once the kernel's buffer of a few kilobytes is full. */
  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream.resume();
  }

  resize(columns: number, rows: number): void {
    if (!this.#closed) this.#native.resize(this.#fd, columns, rows);
  }

  /** Resolves when the kernel has accepted the input. Drops input for a program that has ended. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once("close", resolve);
      // Copied, because the caller reuses its buffer.
      this.#stream.write(Buffer.from(bytes), () => {
        this.#stream.off("close", resolve);
        resolve();
      });
    });
  }

  #exited(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#endIfOver();
    const timer = setInterval(() => {
      if (this.#closed) clearInterval(timer);
      else if (!this.#paused && !this.#heard) this.#stream.destroy();
      this.#heard = false;
    }, QUIET_AFTER_EXIT_MS);
  }

  #endIfOver(): void {
    if (this.#closed && this.#exitCode !== undefined) this.#events.ended(this.#exitCode);
  }
}

let native: Native | undefined;

/** Loaded with the first terminal, so that other starts do not pay for it. */
function loadNative(addonPath: string): Native {
  if (native) return native;
  try {
    native = createRequire(addonPath)(addonPath) as Native;
    return native;
  } catch (error) {
    const message = `Terminals are not possible here: ${error instanceof Error ? error.message : String(error)}`;
    throw new DomainError("unsupported_by_backend", message, { cause: error });
  }
}
