import { randomUUID } from "node:crypto";
import { closeSync, constants as fs, mkdirSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openRegularSync, read } from "../files/fs-calls.ts";

/**
 * The last bytes of one stream of a command, addressed by their offset in the whole. They are in a file without a name:
 * memory does not grow, programs of the workspace cannot change it, and the kernel deletes it with the daemon.
 */
export class OutputRing {
  readonly #directory: string;
  readonly bytesMax: number;
  #fd: number | null = null;
  #end = 0;
  /** Earlier bytes could not be stored. */
  #storedFrom = 0;
  #isClosed = false;

  constructor(directory: string, bytesMax: number) {
    this.#directory = directory;
    this.bytesMax = bytesMax;
  }

  /** The offset of the first byte kept. */
  get start(): number {
    return Math.max(this.#storedFrom, this.#end - this.bytesMax);
  }

  /** The offset of the next byte. */
  get end(): number {
    return this.#end;
  }

  get diskBytes(): number {
    return this.#fd === null ? 0 : Math.min(this.#end, this.bytesMax);
  }

  /** Drops the bytes when they cannot be stored, e.g. on a full disk: that must end neither the command nor the daemon. */
  append(chunk: Buffer): void {
    const kept = chunk.length > this.bytesMax ? chunk.subarray(chunk.length - this.bytesMax) : chunk;
    const from = this.#end + chunk.length - kept.length;
    this.#end += chunk.length;
    try {
      this.#fd ??= openUnnamed(this.#directory);
      const beforeWrap = this.bytesMax - (from % this.bytesMax);
      writeAllSync(this.#fd, kept.subarray(0, beforeWrap), from % this.bytesMax);
      writeAllSync(this.#fd, kept.subarray(beforeWrap), 0);
    } catch {
      this.#storedFrom = this.#end;
    }
  }

  /**
   * Reads up to `bytesMax` bytes from `offset` into `target`.
   *
   * @returns the number of bytes; 0 at the end, and when the bytes were overwritten meanwhile
   */
  async read(target: Buffer, offset: number, bytesMax: number): Promise<number> {
    const position = offset % this.bytesMax;
    const length = Math.min(bytesMax, this.#end - offset, this.bytesMax - position);
    if (this.#fd === null || length <= 0 || offset < this.start) return 0;
    const bytes = await read(this.#fd, target, length, position);
    return offset < this.start ? 0 : bytes;
  }

  /** Deletes the bytes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#storedFrom = this.#end;
  }
}

function openUnnamed(directory: string): number {
  // A program of the workspace may have removed it.
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `output-${randomUUID()}`);
  const fd = openRegularSync(path, fs.O_RDWR | fs.O_CREAT | fs.O_EXCL, 0o600);
  unlinkSync(path);
  return fd;
}

function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
