import * as fs from "node:fs";
import { lstat, lutimes } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCalls } from "../native/system-calls.ts";

/** Names a place without opening what is there. Not among Node's constants; the same on all of Linux's architectures. */
export const O_PATH = 0o10000000;

/**
 * The file calls on plain descriptors: `fs.promises` has no openat-like use of a descriptor, and its `FileHandle` costs
 * several times as much per call.
 */
export const open = promisify(fs.open) as (path: fs.PathLike, flags: number, mode?: number) => Promise<number>;
export const fstat = promisify(fs.fstat) as (fd: number, options: { bigint: true }) => Promise<fs.BigIntStats>;
export const fsync = promisify(fs.fsync) as (fd: number) => Promise<void>;
export const fdatasync = promisify(fs.fdatasync) as (fd: number) => Promise<void>;
export const fchmod = promisify(fs.fchmod) as (fd: number, mode: number) => Promise<void>;
export const fchown = promisify(fs.fchown) as (fd: number, uid: number, gid: number) => Promise<void>;
export const ftruncate = promisify(fs.ftruncate) as (fd: number, length: number) => Promise<void>;

/** Reads up to `length` bytes into `buffer` and answers how many; 0 is the end of the file. */
export function read(fd: number, buffer: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, length, position, (error, bytesRead) => (error ? reject(error) : resolve(bytesRead)));
  });
}

/** Writes all of `buffer`: the system may take less at once, e.g. on a nearly full disk. */
export async function writeAll(fd: number, buffer: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < buffer.length) done += await writeSome(fd, buffer, done, position + done);
}

function writeSome(fd: number, buffer: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, buffer, offset, buffer.length - offset, position, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
}

/** Null when there is nothing of that name. */
export async function lstatOrNull(path: fs.PathLike): Promise<fs.BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Sets both times of an entry, a link itself included: exactly, or as exactly as Node can. */
export async function lutimesNs(path: string | Buffer, mtimeNs: bigint, atimeNs: bigint = mtimeNs): Promise<void> {
  const calls = systemCalls();
  if (calls === null) await lutimes(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
  else calls.setTimes(path, { atimeNs, mtimeNs });
}

/** A link is not followed, and opening a pipe that has no other end does not wait for one. */
const NEVER_WAIT = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** A descriptor that closes at the end of its block. */
export class OpenFile implements Disposable {
  readonly fd: number;
  readonly #openedAs: string | Buffer;
  #closed = false;

  private constructor(fd: number, openedAs: string | Buffer) {
    this.fd = fd;
    this.#openedAs = openedAs;
  }

  /** A path to the open file itself, whatever happened to its name. */
  get path(): string | Buffer {
    return process.platform === "linux" ? `/proc/self/fd/${this.fd}` : this.#openedAs;
  }

  static async open(path: string | Buffer, flags: number, mode?: number): Promise<OpenFile> {
    return new OpenFile(await open(path, flags | NEVER_WAIT, mode), path);
  }

  /** For a name that programs may have put something else under. @throws an error with the code `ENXIO` when they have. */
  static async openRegular(path: string | Buffer, flags: number, mode?: number): Promise<OpenFile> {
    const file = await OpenFile.open(path, flags, mode);
    if ((await fstat(file.fd, { bigint: true })).isFile()) return file;
    file[Symbol.dispose]();
    throw notRegular();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    fs.closeSync(this.fd);
  }
}

/** The same for what must be written before the next line of the daemon runs. */
export function openRegularSync(path: string, flags: number, mode?: number): number {
  const fd = fs.openSync(path, flags | NEVER_WAIT, mode);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw notRegular();
}

/** As the system says it of a pipe that has no reader. */
const notRegular = (): Error => Object.assign(new Error("ENXIO: not a regular file"), { code: "ENXIO" });
