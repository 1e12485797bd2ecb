import { open, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@berth/domain";
import type { StateDisk } from "@berth/routers";
import type { Log } from "@berth/services";

const MiB = 1024 * 1024;
/** Four segments of Postgres's write-ahead log, and the space for a delete and its receipt. */
const RESERVE_BYTES_FOR_POSTGRES = 64 * MiB;
/** Without an embedded Postgres only a few small files are written here. */
const RESERVE_BYTES = 1 * MiB;
/**
 * Below this the reserve is released. The disk counts as full until it has room for the reserve and twice this amount.
 */
const LOW_BYTES = 16 * MiB;
const CHECK_EVERY_MS = 1_000;

const reserveIn = (directory: string): string => join(directory, "disk-reserve");

/** For the start, before the disk is watched. */
export async function releaseReserveOfFullDisk(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < LOW_BYTES) await rm(reserveIn(directory), { force: true });
}

export interface DataDisk extends StateDisk {
  /** Checks the disk now. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Watches the disk of the data directory and keeps a reserve file on it. When the disk fills up, it releases the reserve
 * so that deletes and erases have space, and rejects other writes before Postgres fails.
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
    log("warn", {
      msg: "the disk of the data directory is full; the reserve was released",
      freeBytes: state.freeBytes,
    });
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
    // Checks run one at a time. A failed check is ignored: the next user of the disk reports the error.
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

/** Writes real zeros: a sparse file would reserve nothing. */
async function writeReserve(path: string, bytes: number): Promise<void> {
  await using file = await open(path, "w", 0o600);
  const zeros = Buffer.alloc(MiB);
  for (let written = 0; written < bytes; written += zeros.length) await file.write(zeros);
}
