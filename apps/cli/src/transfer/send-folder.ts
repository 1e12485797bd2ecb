import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack as createPack, type Header, type Pack } from "tar-stream";
import type { Session } from "../session.ts";
import { Progress } from "./progress.ts";
import { filePath, persist } from "./request.ts";
import { put, type RemoteFile } from "./send-file.ts";

export interface FolderCopied {
  files: number;
  bytes: number;
  /** What could not be copied unchanged. */
  differences: unknown[];
}

interface Entry {
  /** Below the folder, with slashes. */
  name: string;
  path: string;
}

/** Sends entries as one archive, which the workspace unpacks into the folder `to`. */
async function sendEntries(session: Session, list: () => AsyncGenerator<Entry>, label: string, to: RemoteFile) {
  const address = `${filePath(to.workspaceId, to.root, to.path)}?extract=tar`;
  return persist(session, async () => {
    const progress = new Progress(session.output, label, null);
    const archive = createPack();
    const writing = writeArchive(archive, list(), { session, progress });
    // Its error reaches the request as the error of the archive.
    writing.catch((error: Error) => archive.destroy(error));
    const body = Readable.from(archive as unknown as AsyncIterable<Buffer>);
    const response = (await put(session, address, { body })) as FolderCopied;
    await writing;
    progress.end();
    return { files: response.files, bytes: response.bytes, differences: response.differences };
  });
}

export const sendFolder = (session: Session, from: string, to: RemoteFile): Promise<FolderCopied> =>
  sendEntries(session, () => entriesBelow(from, ""), from, to);

/** Sends a single file with its mode, into the folder `to`. */
export const sendExecutable = (session: Session, from: string, to: RemoteFile, name: string): Promise<FolderCopied> =>
  sendEntries(
    session,
    async function* () {
      yield { name, path: from };
    },
    basename(from),
    to,
  );

async function* entriesBelow(folder: string, prefix: string): AsyncGenerator<Entry> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const found = { name: `${prefix}${entry.name}`, path: join(folder, entry.name) };
    yield found;
    if (entry.isDirectory()) yield* entriesBelow(found.path, `${found.name}/`);
  }
}

type EntryHeader = Partial<Header> & Pick<Header, "name">;

interface Writing {
  session: Session;
  progress: Progress;
}

async function writeArchive(archive: Pack, entries: AsyncGenerator<Entry>, { session, progress }: Writing) {
  /** The first name of every file with several names. */
  const names = new Map<string, string>();
  for await (const { name, path } of entries) {
    const stats = await lstat(path);
    const header: EntryHeader = { name, mode: stats.mode & 0o7777, mtime: stats.mtime };
    const inode = `${stats.dev}:${stats.ino}`;
    const earlier = stats.nlink > 1 && stats.isFile() ? names.get(inode) : undefined;
    if (stats.isDirectory()) await writeEntry(archive, { ...header, name: `${name}/`, type: "directory" });
    else if (stats.isSymbolicLink()) {
      await writeEntry(archive, { ...header, type: "symlink", linkname: await readlink(path) });
    } else if (earlier !== undefined) await writeEntry(archive, { ...header, type: "link", linkname: earlier });
    else if (stats.isFile()) {
      names.set(inode, name);
      await writeFile(archive, { ...header, type: "file", size: stats.size }, { path, stats, progress });
    } else session.output.note(`berth: ${path} is not copied: it is no file, folder or link.`);
  }
  archive.finalize();
}

const writeEntry = (archive: Pack, header: EntryHeader): Promise<void> =>
  new Promise((resolve, reject) => {
    archive.entry(header, (error) => (error ? reject(error) : resolve()));
  });

async function writeFile(
  archive: Pack,
  header: EntryHeader,
  { path, stats, progress }: { path: string; stats: Stats; progress: Progress },
) {
  if (stats.size === 0) return writeEntry(archive, header);
  // A file that grows is copied up to the size in its header.
  const content = createReadStream(path, { end: stats.size - 1, highWaterMark: 256 * 1024 });
  await new Promise<void>((resolve, reject) => {
    const entry = archive.entry(header, (error) => (error ? reject(error) : resolve()));
    content.on("data", (chunk) => progress.add(chunk.length));
    pipeline(content, entry).catch(reject);
  });
}
