import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SYSTEM_CALLS_ADDON, SYSTEM_CALLS_PACKAGE } from "../addons.ts";

/** Linux calls that Node lacks. None of them follows a link in the last name. */
export interface SystemCalls {
  /** The names of all extended attributes. */
  listAttributes(path: string | Buffer): string[];
  getAttribute(path: string | Buffer, name: string): Buffer;
  setAttribute(path: string | Buffer, name: string, value: Buffer): void;
  removeAttribute(path: string | Buffer, name: string): void;
  /** Node's calls represent times as doubles, which are a few hundred nanoseconds off. */
  setTimes(path: string | Buffer, times: { atimeNs: bigint; mtimeNs: bigint }): void;
  makePipe(path: string | Buffer, mode: number): void;
  /** @param type one of `S_IFCHR`, `S_IFBLK` and `S_IFSOCK`. */
  makeNode(path: string | Buffer, type: number, device: bigint): void;
  /** The offset of the next data at or after an offset; null when there is none. */
  nextData(fd: number, offset: number): number | null;
  /** The offset of the next hole; the end of the file counts as one. */
  nextHole(fd: number, offset: number): number;
  /**
   * Prevents other processes without CAP_SYS_PTRACE from reading this one's memory, environment and open files
   * (prctl(2)).
   */
  hideMemory(): void;
  /** A pipe. Node connects children with sockets instead, which programs cannot open as `/dev/stdout`. */
  openPipe(): { readFd: number; writeFd: number };
  /**
   * Runs `work` with a soft limit of realtime CPU time, which the processes that it starts inherit (setrlimit(2)).
   *
   * @returns the result; null without running `work` when the limit cannot be changed
   */
  withRealtimeLimit<T>(microseconds: bigint, work: () => T): { result: T } | null;
  /** Returns freed memory to the system. The C library keeps most of it otherwise. */
  returnFreedMemory(): void;
}

type CFunction = (...values: unknown[]) => number;

/** The used subset of koffi. */
interface Koffi {
  load(name: string): { func(prototype: string): CFunction };
  errno(): number;
  os: { errno: Readonly<Record<string, number>> };
}

let loaded: SystemCalls | null | undefined;

/** Null when the addon cannot be loaded: not on Linux, or on an unsupported architecture. */
export function systemCalls(): SystemCalls | null {
  if (loaded === undefined) loaded = process.platform === "linux" ? load() : null;
  return loaded;
}

function load(): SystemCalls | null {
  const path = findAddon();
  if (path === null) return null;
  try {
    return new LinuxCalls(createRequire(path)(path) as Koffi);
  } catch {
    return null;
  }
}

/** Next to the bundle, or in its package when the daemon runs from source. */
function findAddon(): string | null {
  const beside = join(dirname(process.argv[1] ?? ""), SYSTEM_CALLS_ADDON);
  if (existsSync(beside)) return beside;
  // Undefined in the bundle, which is CommonJS.
  const here = import.meta.url as string | undefined;
  if (here === undefined) return null;
  try {
    return createRequire(here).resolve(SYSTEM_CALLS_PACKAGE);
  } catch {
    return null;
  }
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const PR_SET_DUMPABLE = 4;
const RLIMIT_RTTIME = 15;
const O_CLOEXEC = 0o2000000;
/** The own process. */
const SELF = 0;
const NS_PER_SECOND = 1_000_000_000n;

class LinuxCalls implements SystemCalls {
  readonly #koffi: Koffi;
  readonly #names: ReadonlyMap<number, string>;
  readonly #list: CFunction;
  readonly #get: CFunction;
  readonly #set: CFunction;
  readonly #remove: CFunction;
  readonly #times: CFunction;
  readonly #pipe: CFunction;
  readonly #node: CFunction | null;
  readonly #seek: CFunction;
  readonly #prctl: CFunction;
  readonly #trim: CFunction;
  readonly #openPipe: CFunction;
  readonly #limit: CFunction;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
    const c = koffi.load("libc.so.6");
    this.#list = c.func("int64_t llistxattr(const uint8_t *path, uint8_t *list, size_t size)");
    this.#get = c.func("int64_t lgetxattr(const uint8_t *path, const char *name, uint8_t *value, size_t size)");
    this.#set = c.func(
      "int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)",
    );
    this.#remove = c.func("int lremovexattr(const uint8_t *path, const char *name)");
    this.#times = c.func("int utimensat(int directory, const uint8_t *path, const int64_t *times, int flags)");
    this.#pipe = c.func("int mkfifo(const uint8_t *path, uint32_t mode)");
    this.#seek = c.func("int64_t lseek(int fd, int64_t offset, int whence)");
    this.#prctl = c.func("int prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)");
    this.#node = mknodOf(c);
    this.#trim = c.func("int malloc_trim(size_t kept)");
    this.#openPipe = c.func("int pipe2(int32_t *ends, int flags)");
    this.#limit = c.func("int prlimit64(int pid, int resource, const uint64_t *wanted, uint64_t *before)");
  }

  listAttributes(path: string | Buffer): string[] {
    const listed = this.#read("listxattr", (buffer, size) => this.#list(terminated(path), buffer, size));
    return listed
      .toString("utf8")
      .split("\0")
      .filter((name) => name !== "");
  }

  getAttribute(path: string | Buffer, name: string): Buffer {
    return this.#read("getxattr", (buffer, size) => this.#get(terminated(path), name, buffer, size));
  }

  setAttribute(path: string | Buffer, name: string, value: Buffer): void {
    this.#check("setxattr", this.#set(terminated(path), name, value, value.length, 0));
  }

  removeAttribute(path: string | Buffer, name: string): void {
    this.#check("removexattr", this.#remove(terminated(path), name));
  }

  setTimes(path: string | Buffer, { atimeNs, mtimeNs }: { atimeNs: bigint; mtimeNs: bigint }): void {
    const times = BigInt64Array.of(...secondsAndRest(atimeNs), ...secondsAndRest(mtimeNs));
    this.#check("utimensat", this.#times(AT_FDCWD, terminated(path), times, AT_SYMLINK_NOFOLLOW));
  }

  makePipe(path: string | Buffer, mode: number): void {
    this.#check("mkfifo", this.#pipe(terminated(path), mode));
  }

  makeNode(path: string | Buffer, type: number, device: bigint): void {
    if (this.#node === null) throw failure("mknod", "ENOSYS");
    this.#check("mknod", this.#node(terminated(path), type | 0o600, device));
  }

  nextData(fd: number, offset: number): number | null {
    const found = Number(this.#seek(fd, offset, SEEK_DATA));
    if (found >= 0) return found;
    const name = this.#lastError();
    if (name === "ENXIO") return null;
    throw failure("lseek", name);
  }

  returnFreedMemory(): void {
    this.#trim(0);
  }

  nextHole(fd: number, offset: number): number {
    const found = Number(this.#seek(fd, offset, SEEK_HOLE));
    if (found < 0) throw failure("lseek", this.#lastError());
    return found;
  }

  hideMemory(): void {
    this.#check("prctl", this.#prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  }

  openPipe(): { readFd: number; writeFd: number } {
    const ends = new Int32Array(2);
    this.#check("pipe2", this.#openPipe(ends, O_CLOEXEC));
    const [readFd = -1, writeFd = -1] = ends;
    return { readFd, writeFd };
  }

  withRealtimeLimit<T>(microseconds: bigint, work: () => T): { result: T } | null {
    const before = new BigUint64Array(2);
    if (Number(this.#limit(SELF, RLIMIT_RTTIME, null, before)) < 0) return null;
    const wanted = BigUint64Array.of(microseconds, before[1] ?? 0n);
    if (Number(this.#limit(SELF, RLIMIT_RTTIME, wanted, null)) < 0) return null;
    try {
      return { result: work() };
    } finally {
      this.#limit(SELF, RLIMIT_RTTIME, before, null);
    }
  }

  /** Reads the size, then the content; repeats when the content grew in between. */
  #read(call: string, work: (buffer: Buffer | null, size: number) => number): Buffer {
    for (;;) {
      const size = Number(work(null, 0));
      if (size === 0) return Buffer.alloc(0);
      if (size < 0) throw failure(call, this.#lastError());
      const buffer = Buffer.alloc(size);
      const filled = Number(work(buffer, size));
      if (filled >= 0) return buffer.subarray(0, filled);
      const name = this.#lastError();
      if (name !== "ERANGE") throw failure(call, name);
    }
  }

  #check(call: string, result: number): void {
    if (Number(result) < 0) throw failure(call, this.#lastError());
  }

  #lastError(): string {
    const number = this.#koffi.errno();
    return this.#names.get(number) ?? `errno ${number}`;
  }
}

/** glibc before 2.33 exports `mknod` under another name only; device files are then unsupported. */
function mknodOf(c: ReturnType<Koffi["load"]>): CFunction | null {
  try {
    return c.func("int mknod(const uint8_t *path, uint32_t mode, uint64_t device)");
  } catch {
    return null;
  }
}

const terminated = (path: string | Buffer): Buffer =>
  typeof path === "string" ? Buffer.from(`${path}\0`) : Buffer.concat([path, Buffer.of(0)]);

/** Rounds down, because the kernel requires a nanosecond part that is not negative. */
function secondsAndRest(ns: bigint): [bigint, bigint] {
  const rest = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return [(ns - rest) / NS_PER_SECOND, rest];
}

/** The same shape as Node's errors, so that callers translate both alike. */
const failure = (syscall: string, code: string): Error =>
  Object.assign(new Error(`${code}: ${syscall} failed`), { code, syscall });
