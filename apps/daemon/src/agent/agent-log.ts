import { closeSync, constants as fs, fstatSync, fsyncSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LIMITS, type LogTail } from "@berth/domain";
import { fstat, OpenFile, openRegularSync, read } from "../files/fs-calls.ts";
import { errorCode } from "../files/problems.ts";

/**
 * The command's output, kept in a bounded current file and one rotated file. Writes are synchronous, so nothing is lost
 * when the daemon ends. The command can replace either file with a pipe, a folder or terabytes: that may lose its log but
 * must not stop the daemon.
 */
export class AgentLog {
  readonly #path: string;
  readonly #fileBytesMax: number;
  #fd: number;
  #size: number;

  constructor(stateDirectory: string, bytesKept: number = LIMITS.agentLogBytesKept) {
    this.#path = join(stateDirectory, "agent.log");
    this.#fileBytesMax = Math.floor(bytesKept / 2);
    this.#fd = openForAppending(this.#path);
    this.#size = fstatSync(this.#fd).size;
  }

  append(chunk: Buffer): void {
    // Keep the end of a chunk that is larger than a file: readers want the latest output.
    const kept = chunk.length > this.#fileBytesMax ? chunk.subarray(chunk.length - this.#fileBytesMax) : chunk;
    if (this.#size + kept.length > this.#fileBytesMax) this.#rotate();
    try {
      writeSync(this.#fd, kept);
      this.#size += kept.length;
    } catch (error) {
      // A full disk must not end the daemon: users need it to free space.
      if (errorCode(error) !== "ENOSPC" && errorCode(error) !== "EDQUOT") throw error;
    }
  }

  async tail(tailBytes: number): Promise<LogTail> {
    const files = [`${this.#path}.1`, this.#path];
    const all = Buffer.concat(await Promise.all(files.map((path) => lastBytes(path, this.#fileBytesMax))));
    const start = wholeCharacterFrom(all, Math.max(0, all.length - tailBytes));
    return { text: all.toString("utf8", start), truncated: start > 0 };
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    moveAway(this.#path, `${this.#path}.1`);
    this.#fd = openForAppending(this.#path);
    this.#size = fstatSync(this.#fd).size;
  }
}

function openForAppending(path: string): number {
  const flags = fs.O_WRONLY | fs.O_CREAT | fs.O_APPEND;
  try {
    return openRegularSync(path, flags, 0o600);
  } catch {
    // Something that is not a regular file has this name.
    moveAway(path, renamedPath(path));
    return openRegularSync(path, flags, 0o600);
  }
}

function moveAway(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    renameSync(from, renamedPath(to));
  }
}

const renamedPath = (path: string): string => `${path}.${Date.now()}.not-a-log`;

/** Returns an empty buffer when the file is absent or not a regular file. */
async function lastBytes(path: string, bytesMax: number): Promise<Buffer> {
  try {
    using file = await OpenFile.openRegular(path, fs.O_RDONLY);
    const size = Number((await fstat(file.fd, { bigint: true })).size);
    const buffer = Buffer.alloc(Math.min(size, bytesMax));
    return buffer.subarray(0, await read(file.fd, buffer, buffer.length, size - buffer.length));
  } catch (error) {
    if (["ENOENT", "ENXIO", "ELOOP", "EACCES"].includes(errorCode(error) ?? "")) return Buffer.alloc(0);
    throw error;
  }
}

/** Skips the rest of a UTF-8 character that the start offset cuts in two. */
function wholeCharacterFrom(bytes: Buffer, start: number): number {
  let from = start;
  while (start > 0 && from < bytes.length && from < start + 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return from;
}
