import { constants } from "node:fs";
import { chmod, type FileHandle, link, lstat, mkdir, open, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { extract as createExtract, type Header } from "tar-stream";
import { Failure } from "../failure.ts";
import type { Session } from "../session.ts";
import { Progress } from "./progress.ts";
import { filePath, persist, request } from "./request.ts";
import type { RemoteFile } from "./send-file.ts";
import type { FolderCopied } from "./send-folder.ts";
import { writeSparse } from "./sparse.ts";

/** An entry of an archive: its content is read in the order of the archive. */
type Entry = AsyncIterable<Buffer> & { header: Header };
type Pax = Record<string, string> | null | undefined;

const UNREADABLE = /^BERTH-UNREADABLE(?:-\d+)?\.txt$/;

/** Receives a folder as an archive and unpacks it into `to`. */
export async function receiveFolder(session: Session, { workspaceId, root, path }: RemoteFile, to: string) {
  const address = `${filePath(workspaceId, root, path)}?archive=tar`;
  return persist(session, async (): Promise<FolderCopied> => {
    const { body } = await request(session, address);
    const progress = new Progress(session.output, to, null);
    const unpacking = new Unpacking(to, progress);
    const archive = createExtract();
    const incoming: Readable = body ? Readable.fromWeb(body as never) : Readable.from([]);
    incoming.on("error", (error) => archive.destroy(error));
    incoming.pipe(archive as unknown as NodeJS.WritableStream);
    for await (const entry of archive) {
      await unpacking.add(entry as unknown as Entry);
      entry.resume();
    }
    await unpacking.finish();
    progress.end();
    if (unpacking.unreadable !== null)
      session.output.note(`berth: ${unpacking.unreadable} lists what could not be copied.`);
    return { files: unpacking.files, bytes: unpacking.bytes, differences: [] };
  });
}

/** Writes the entries of an archive below a folder, and nothing outside it. */
class Unpacking {
  files = 0;
  bytes = 0;
  unreadable: string | null = null;
  readonly #to: string;
  readonly #progress: Progress;
  /** Folders that were checked: none is a link. */
  readonly #folders = new Set<string>();
  readonly #folderHeaders: { path: string; header: Header }[] = [];

  constructor(to: string, progress: Progress) {
    this.#to = to;
    this.#progress = progress;
  }

  async add(entry: Entry): Promise<void> {
    const { header } = entry;
    const names = namesOf((header.pax as Pax)?.["GNU.sparse.name"] ?? header.name);
    const path = join(this.#to, ...names);
    if (header.type === "directory") {
      await this.#openFolder(names);
      this.#folderHeaders.push({ path, header });
      return;
    }
    if (names.length === 0) return;
    await this.#openFolder(names.slice(0, -1));
    await removeOld(path);
    if (header.type === "symlink") await symlink(header.linkname ?? "", path);
    else if (header.type === "link") await this.#linkFile(path, header);
    else if (header.type === "file" || header.type === "contiguous-file") await this.#writeFile(path, entry);
    if (names.length === 1 && UNREADABLE.test(names[0] ?? "")) this.unreadable = path;
  }

  /** Modes and times of folders last, because writing into a folder needs the one and changes the other. */
  async finish(): Promise<void> {
    await this.#openFolder([]);
    for (const { path, header } of this.#folderHeaders.toReversed()) await applyHeader(path, header);
  }

  async #writeFile(path: string, entry: Entry): Promise<void> {
    const { header } = entry;
    const pax = header.pax as Pax;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
    const file = await open(path, flags, 0o600);
    try {
      const written =
        pax?.["GNU.sparse.major"] === "1"
          ? await writeSparse(file, entry, Number(pax["GNU.sparse.realsize"]))
          : await this.#writeContent(file, entry);
      this.bytes += written;
    } finally {
      await file.close();
    }
    this.files += 1;
    await applyHeader(path, header);
  }

  async #writeContent(file: FileHandle, entry: Entry): Promise<number> {
    let at = 0;
    for await (const chunk of entry) {
      await file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      this.#progress.add(chunk.length);
    }
    return at;
  }

  async #linkFile(path: string, header: Header): Promise<void> {
    const target = namesOf(header.linkname ?? "");
    await this.#openFolder(target.slice(0, -1));
    await link(join(this.#to, ...target), path);
    this.files += 1;
  }

  /** Creates a folder with its parents. A link in the way could lead outside. */
  async #openFolder(names: readonly string[]): Promise<void> {
    for (let depth = 0; depth <= names.length; depth += 1) {
      const path = join(this.#to, ...names.slice(0, depth));
      if (this.#folders.has(path)) continue;
      if (depth === 0) await mkdir(path, { recursive: true });
      const stats = await lstat(path).catch(() => null);
      if (stats && depth > 0 && !stats.isDirectory()) await rm(path);
      if (depth > 0 && !stats?.isDirectory()) await mkdir(path);
      this.#folders.add(path);
    }
  }
}

function namesOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (!names.includes("..") && !names.some((name) => name.includes("\0"))) return names;
  throw new Failure(`The archive has an entry outside its folder: ${path}`, { next: "Copy single files instead." });
}

/** Also removes a link, which would otherwise be followed. */
async function removeOld(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isDirectory()) {
    throw new Failure(`${path} is a folder here and a file in the workspace.`, { next: "Copy to another folder." });
  }
  if (stats) await rm(path);
  else await mkdir(dirname(path), { recursive: true });
}

async function applyHeader(path: string, { mode, mtime }: Header): Promise<void> {
  if (mode !== undefined) await chmod(path, mode & 0o777);
  if (mtime) await utimes(path, mtime, mtime);
}
