import { open, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@berth/domain";
import type { Log } from "@berth/services";

const MiB = 1024 * 1024;
/** Four segments of Postgres's write-ahead log, and what a delete and its receipt need besides. */
const RESERVE_BYTES_FOR_POSTGRES = 64 * MiB;
/** Without an embedded Postgres only a few small files are written here. */
const RESERVE_BYTES = 1 * MiB;
/** Below this the reserve is released; the disk counts as full until there is room for the reserve and twice as much as this. */
const LOW_BYTES = 16 * MiB;
const CHECK_EVERY_MS = 1_000;

const reserveIn = (directory: string): string => join(directory, "disk-reserve");

/** Before there is anything to watch the disk. */
export async function releaseReserveOfFullDisk(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < LOW_BYTES) await rm(reserveIn(directory), { force: true });
}

export interface DataDisk {
  /** As last seen. `ok` is false from the release of the reserve until it is made again. */
  state(): { ok: boolean; freeBytes: number; totalBytes: number };
  /** @throws DomainError `disk_full` while only deletes and erases may use what is left. */
  requireSpace(): void;
  /** Looks at the disk now. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Watches the disk of the data directory and keeps a reserve file on it. When the disk fills up the reserve is released, so
 * that deletes and erases still find the space they need; what would fill it further is refused before Postgres fails.
 */
export async function openDataDisk(
  directory: string,
  { holdsPostgres, log }: { holdsPostgres: boolean; log: Log },
): Promise<DataDisk> {
  const reserve = reserveIn(directory);
  const reserveBytes = holdsPostgres ? RESERVE_BYTES_FOR_POSTGRES : RESERVE_BYTES;
  const state = { ok: true, freeBytes: 0, totalBytes: 0 };

  const measure = async () => {
    const { bavail, blocks, bsize } = await statfs(directory);
    state.freeBytes = bavail * bsize;
    state.totalBytes = blocks * bsize;
  };
  const release = async () => {
    await rm(reserve, { force: true });
    await measure();
    if (!state.ok) return;
    state.ok = false;
    log("warn", { msg: "the disk of the data directory is full; its reserve is released", freeBytes: state.freeBytes });
  };
  const hold = async () => {
    await writeReserve(reserve, reserveBytes);
    if (!state.ok) log("info", { msg: "the disk of the data directory has space again" });
    state.ok = true;
    await measure();
  };
  const isHeld = async () => (await stat(reserve).catch(() => null))?.size === reserveBytes;
  const check = async () => {
    await measure();
    if (await isHeld()) {
      if (state.freeBytes < LOW_BYTES) await release();
    } else if (state.freeBytes >= reserveBytes + 2 * LOW_BYTES) await hold().catch(release);
    else await release();
  };

  let running = check();
  await running;
  const timer = setInterval(() => {
    // One after another; a disk that cannot be looked at is reported by whatever needs it.
    running = running.then(check).catch(() => {});
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    state: () => state,
    requireSpace() {
      if (!state.ok) throw diskFull();
    },
    check,
    close: () => clearInterval(timer),
  };
}

const diskFull = (): DomainError =>
  new DomainError(
    "disk_full",
    "The disk of Berth's data directory is full. Deleting workspaces and erasing data still works; free or add space for the rest.",
  );

/** Written in full: a sparse file would reserve nothing. */
async function writeReserve(path: string, bytes: number): Promise<void> {
  await using file = await open(path, "w", 0o600);
  const zeros = Buffer.alloc(MiB);
  for (let written = 0; written < bytes; written += zeros.length) await file.write(zeros);
}
