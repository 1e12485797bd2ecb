import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, rename, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Session } from "../session.ts";
import { Progress } from "./progress.ts";
import { filePath, persist, request } from "./request.ts";
import type { FileCopied, RemoteFile } from "./send-file.ts";

/**
 * Receives a file under another name and renames it when it is complete. Repeating an interrupted copy continues it if
 * the file has not changed since then.
 */
export async function receiveFile(
  session: Session,
  { workspaceId, root, path }: RemoteFile,
  { to, mode, size }: { to: string; mode: number; size: number },
): Promise<FileCopied> {
  const address = filePath(workspaceId, root, path);
  const progress = new Progress(session.output, to, size);
  let resumedAtBytes: number | null = null;
  const partial = await persist(session, async () => {
    const { headers } = await request(session, address, { method: "HEAD" });
    const etag = headers.get("etag") ?? "";
    const whole = Number(headers.get("content-length") ?? size);
    const name = partialName(to, etag);
    const offset = etag === "" ? 0 : await sizeOf(name);
    resumedAtBytes ??= offset;
    if (offset === whole && whole > 0) return name;
    const isContinued = offset > 0 && offset < whole;
    const range = isContinued ? { range: `bytes=${offset}-`, "if-range": etag } : {};
    const response = await request(session, address, { headers: range });
    const isAppended = response.status === 206;
    progress.startAt(isAppended ? offset : 0);
    await save(response, { name, flags: isAppended ? "a" : "w", progress });
    return name;
  });
  progress.end();
  await chmod(partial, mode & 0o777);
  await rename(partial, to);
  const { size: bytes } = await stat(to);
  return { bytes, resumedAtBytes: resumedAtBytes ?? 0 };
}

async function save(
  { body }: Response,
  { name, flags, progress }: { name: string; flags: string; progress: Progress },
): Promise<void> {
  const chunks: Readable = body ? Readable.fromWeb(body as never) : Readable.from([]);
  chunks.on("data", (chunk: Buffer) => progress.add(chunk.length));
  await pipeline(chunks, createWriteStream(name, { flags, mode: 0o600 }));
}

/** The etag in the name prevents joining parts of different contents. */
const partialName = (to: string, etag: string): string =>
  `${to}.${createHash("sha256").update(etag).digest("hex").slice(0, 12)}.part`;

const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
