import { closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS, type LogTail } from "@berth/domain";
import { errorCode } from "../files/problems.ts";

/**
 * What the command printed, bounded: a file and the one before it. Written synchronously, since it is small writes to the
 * instance's own disk, and so that nothing is lost when the daemon ends.
 */
export class AgentLog {
  readonly #path: string;
  readonly #fileBytesMax: number;
  #fd: number;
  #size: number;

  constructor(stateDirectory: string, bytesKept: number = LIMITS.agentLogBytesKept) {
    this.#path = join(stateDirectory, "agent.log");
    this.#fileBytesMax = Math.floor(bytesKept / 2);
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#size = statSync(this.#path).size;
  }

  append(chunk: Buffer): void {
    // One chunk larger than a file: its end is what people look for.
    const kept = chunk.length > this.#fileBytesMax ? chunk.subarray(chunk.length - this.#fileBytesMax) : chunk;
    if (this.#size + kept.length > this.#fileBytesMax) this.#rotate();
    try {
      writeSync(this.#fd, kept);
      this.#size += kept.length;
    } catch (error) {
      // A full disk must not end the daemon: people need it to make room.
      if (errorCode(error) !== "ENOSPC" && errorCode(error) !== "EDQUOT") throw error;
    }
  }

  async tail(tailBytes: number): Promise<LogTail> {
    const [older, newer] = await Promise.all([readOrEmpty(`${this.#path}.1`), readOrEmpty(this.#path)]);
    const all = Buffer.concat([older, newer]);
    const start = wholeCharacterFrom(all, Math.max(0, all.length - tailBytes));
    return { text: all.toString("utf8", start), truncated: start > 0 };
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    renameSync(this.#path, `${this.#path}.1`);
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#size = 0;
  }
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** Skips the rest of a character that was cut in two. */
function wholeCharacterFrom(bytes: Buffer, start: number): number {
  let from = start;
  while (start > 0 && from < bytes.length && from < start + 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return from;
}
