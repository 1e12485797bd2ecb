import { constants as fs } from "node:fs";
import { statfs } from "node:fs/promises";
import { fstat, fsync, ftruncate, OpenFile, read, writeAll } from "./fs-calls.ts";
import { etagOf } from "./metadata.ts";

const CHUNK_BYTES = 1024 * 1024;
const BLOCK_BYTES = 512n;

/**
 * Replaces the content of an existing file with that of another, complete file. The file keeps its inode and all its
 * names. It checks the free space and writes the end first, so that a full disk is detected before old content is
 * overwritten.
 *
 * @returns the new etag.
 */
export async function overwrite(path: string, from: number): Promise<string> {
  using target = await OpenFile.openRegular(path, fs.O_WRONLY);
  const before = await fstat(target.fd, { bigint: true });
  const { size } = await fstat(from, { bigint: true });
  await requireRoom(target.path, size - before.blocks * BLOCK_BYTES);
  const shared = Math.min(Number(size), Number(before.size));
  try {
    await copyBytes(from, target.fd, shared, Number(size));
  } catch (error) {
    await ftruncate(target.fd, Number(before.size));
    throw error;
  }
  await copyBytes(from, target.fd, 0, shared);
  await ftruncate(target.fd, Number(size));
  await fsync(target.fd);
  return etagOf(await fstat(target.fd, { bigint: true }));
}

async function requireRoom(path: string | Buffer, bytes: bigint): Promise<void> {
  if (bytes <= 0n) return;
  const { bavail, bsize } = await statfs(path, { bigint: true });
  if (bavail * bsize < bytes) throw Object.assign(new Error("ENOSPC: no room to overwrite"), { code: "ENOSPC" });
}

async function copyBytes(from: number, to: number, start: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(CHUNK_BYTES, end - start)));
  for (let position = start; position < end; ) {
    const bytes = await read(from, buffer, Math.min(buffer.length, end - position), position);
    if (bytes === 0) throw new Error("The temporary file shrank.");
    await writeAll(to, buffer.subarray(0, bytes), position);
    position += bytes;
  }
}
