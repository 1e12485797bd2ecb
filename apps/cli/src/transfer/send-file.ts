import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { DomainError, type FileWritten } from "@berth/domain";
import type { Session } from "../session.ts";
import { Progress } from "./progress.ts";
import { filePath, persist, request } from "./request.ts";

export interface RemoteFile {
  workspaceId: string;
  root: string;
  path: string;
}

export interface FileCopied {
  bytes: number;
  /** Where it continued an interrupted copy. */
  resumedAtBytes: number;
}

/** Smaller files are sent in one request. */
const PART_BYTES = 32 * 1024 * 1024;

/** Sends a file. Repeating an interrupted copy of the same file to the same place continues it. */
export async function sendFile(session: Session, from: string, to: RemoteFile): Promise<FileCopied> {
  const { size, mtimeMs } = await stat(from);
  const address = filePath(to.workspaceId, to.root, to.path);
  const progress = new Progress(session.output, from, size);
  if (size <= PART_BYTES) {
    await persist(session, () => put(session, address, { body: streamOf(from, 0, size, progress), size }));
    progress.end();
    return { bytes: size, resumedAtBytes: 0 };
  }
  const uploadAddress = `${address}?upload=${uploadIdOf([session.url, address, resolve(from), size, mtimeMs])}`;
  let resumedAtBytes: number | null = null;
  await persist(session, async () => {
    let offset = await arrivedBytes(session, uploadAddress);
    resumedAtBytes ??= offset;
    progress.startAt(offset);
    while (offset < size) offset = await sendPart(session, uploadAddress, { from, offset, size, progress });
  });
  progress.end();
  return { bytes: size, resumedAtBytes: resumedAtBytes ?? 0 };
}

/** Sends standard input, whose size is unknown. */
export async function sendStream(session: Session, from: Readable, to: RemoteFile): Promise<FileCopied> {
  const address = filePath(to.workspaceId, to.root, to.path);
  const written = (await put(session, address, { body: from })) as FileWritten;
  return { bytes: written.size, resumedAtBytes: 0 };
}

interface Part {
  from: string;
  offset: number;
  size: number;
  progress: Progress;
}

/** @returns the offset of the next part; the server's offset wins. */
async function sendPart(session: Session, address: string, { from, offset, size, progress }: Part): Promise<number> {
  const end = Math.min(offset + PART_BYTES, size);
  try {
    const headers = { "content-range": `bytes ${offset}-${end - 1}/${size}` };
    await put(session, address, { body: streamOf(from, offset, end, progress), headers });
    return end;
  } catch (error) {
    if (!(error instanceof DomainError) || error.problem.code !== "upload_offset_mismatch") throw error;
    const arrived = error.problem.details?.offset;
    if (typeof arrived !== "number" || arrived === offset) throw error;
    progress.startAt(arrived);
    return arrived;
  }
}

async function arrivedBytes(session: Session, address: string): Promise<number> {
  try {
    const response = await request(session, address, { method: "HEAD" });
    return Number(response.headers.get("upload-offset") ?? 0);
  } catch (error) {
    // The response to HEAD has no body that would name the problem; the PUT reports it.
    if (error instanceof TypeError) throw error;
    return 0;
  }
}

interface PutOptions {
  body: Readable;
  headers?: Record<string, string>;
  size?: number;
}

export async function put(
  session: Session,
  address: string,
  { body, headers = {}, size }: PutOptions,
): Promise<unknown> {
  const type = { "content-type": "application/octet-stream" };
  const stream = size === 0 ? null : { body: Readable.toWeb(body) as never, duplex: "half" as const };
  const init = { method: "PUT", headers: { ...type, ...headers }, ...(stream ?? { body: "" }) };
  try {
    return await (await request(session, address, init as RequestInit)).json();
  } finally {
    body.destroy();
  }
}

/** The bytes from `start` until before `end`. */
function streamOf(path: string, start: number, end: number, progress: Progress): Readable {
  if (end === start) return Readable.from([]);
  return Readable.from(counted(createReadStream(path, { start, end: end - 1, highWaterMark: 256 * 1024 }), progress));
}

async function* counted(chunks: AsyncIterable<Buffer>, progress: Progress): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    progress.add(chunk.length);
    yield chunk;
  }
}

/** A UUID of version 8 that is the same for the same file and place. */
function uploadIdOf(facts: readonly unknown[]): string {
  const hex = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
