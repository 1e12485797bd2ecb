import * as fs from "node:fs";
import { lstat, lutimes } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCalls } from "../native/system-calls.ts";

/**
 * Refers to an entry without opening its content. Node does not define the constant; it is the same on all Linux
 * architectures.
 */
export const O_PATH = 0o10000000;

/**
 * File calls on plain descriptors. `fs.promises` cannot act relative to a descriptor, and its `FileHandle` costs several
 * times as much per call.
 */
export const open = promisify(fs.open) as (path: fs.PathLike, flags: number, mode?: number) => Promise<number>;
export const fstat = promisify(fs.fstat) as (fd: number, options: { bigint: true }) => Promise<fs.BigIntStats>;
export const fsync = promisify(fs.fsync) as (fd: number) => Promise<void>;
export const fdatasync = promisify(fs.fdatasync) as (fd: number) => Promise<void>;
export const fchmod = promisify(fs.fchmod) as (fd: number, mode: number) => Promise<void>;
export const fchown = promisify(fs.fchown) as (fd: number, uid: number, gid: number) => Promise<void>;
export const ftruncate = promisify(fs.ftruncate) as (fd: number, length: number) => Promise<void>;

/** Reads up to `length` bytes into `buffer`. @returns the number of bytes; 0 at the end of the file. */
export function read(fd: number, buffer: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, length, position, (error, bytesRead) => (error ? reject(error) : resolve(bytesRead)));
  });
}

/** Writes all of `buffer`: one system call may write less, e.g. on a nearly full disk. */
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

/** Null when the name does not exist. */
export async function lstatOrNull(path: fs.PathLike): Promise<fs.BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Sets both times of an entry without following links: exactly, or with Node's precision where the native calls are
 * unavailable.
 */
export async function lutimesNs(path: string | Buffer, mtimeNs: bigint, atimeNs: bigint = mtimeNs): Promise<void> {
  const calls = systemCalls();
  if (calls === null) await lutimes(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
  else calls.setTimes(path, { atimeNs, mtimeNs });
}

/** Does not follow a link, and does not block on a pipe without a peer. */
const NEVER_WAIT = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** A descriptor that closes at the end of its `using` block. */
export class OpenFile implements Disposable {
  readonly fd: number;
  readonly #openedAs: string | Buffer;
  #closed = false;

  private constructor(fd: number, openedAs: string | Buffer) {
    this.fd = fd;
    this.#openedAs = openedAs;
  }

  /** A path to the open file that stays valid when its name changes. */
  get path(): string | Buffer {
    return process.platform === "linux" ? `/proc/self/fd/${this.fd}` : this.#openedAs;
  }

  static async open(path: string | Buffer, flags: number, mode?: number): Promise<OpenFile> {
    return new OpenFile(await open(path, flags | NEVER_WAIT, mode), path);
  }

  /**
   * For a name that workspace programs may have replaced. @throws an error with code `ENXIO` when it is not a regular
   * file.
   */
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

/** The synchronous variant, for writes that must complete before the daemon continues. */
export function openRegularSync(path: string, flags: number, mode?: number): number {
  const fd = fs.openSync(path, flags | NEVER_WAIT, mode);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw notRegular();
}

/** The error that Linux gives for a pipe without a reader. */
const notRegular = (): Error => Object.assign(new Error("ENXIO: not a regular file"), { code: "ENXIO" });
