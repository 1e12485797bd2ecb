import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";

/** Kind, permissions and content of every path of a tree. Two trees are equal when their manifests are. */
export type Manifest = Map<string, string>;

const fileLine = (mode: number, sha256: string): string => `file ${(mode & 0o777).toString(8)} ${sha256}`;
const directoryLine = (mode: number): string => `directory ${(mode & 0o777).toString(8)}`;
const linkLine = (target: string): string => `link ${target}`;

/** The manifest of a folder, read from disk. */
export async function manifestOfFolder(folder: string): Promise<Manifest> {
  const manifest: Manifest = new Map();
  await walk(folder, "", manifest);
  return manifest;
}

async function walk(folder: string, path: string, manifest: Manifest): Promise<void> {
  for (const name of await readdir(join(folder, path))) {
    const at = path === "" ? name : `${path}/${name}`;
    const full = join(folder, at);
    const stat = await lstat(full);
    if (stat.isSymbolicLink()) manifest.set(at, linkLine(await readlink(full)));
    else if (stat.isFile()) manifest.set(at, fileLine(stat.mode, await hashOf(createReadStream(full))));
    else {
      manifest.set(at, directoryLine(stat.mode));
      await walk(folder, at, manifest);
    }
  }
}

/** The manifest of a tar stream. */
export async function manifestOfTar(tar: Readable): Promise<Manifest> {
  const manifest: Manifest = new Map();
  const parser = extract();
  const reading = (async () => {
    for await (const entry of parser) {
      const { name, type, mode = 0, linkname } = entry.header;
      const path = name.replace(/^(\.\/)+/, "").replace(/\/$/, "");
      const sha256 = await hashOf(Readable.from(entry));
      if (path === "" || path === ".") continue;
      if (type === "directory") manifest.set(path, directoryLine(mode));
      else if (type === "symlink") manifest.set(path, linkLine(linkname ?? ""));
      else manifest.set(path, fileLine(mode, sha256));
    }
  })();
  await Promise.all([pipeline(tar, parser), reading]);
  return manifest;
}

async function hashOf(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The first differences between two trees, as sentences; empty when they are equal. */
export function differences(expected: Manifest, actual: Manifest, max = 10): string[] {
  const found: string[] = [];
  for (const [path, line] of expected) {
    const other = actual.get(path);
    if (other !== line) found.push(`${JSON.stringify(path)}: expected ${line}, found ${other ?? "nothing"}`);
  }
  for (const path of actual.keys()) if (!expected.has(path)) found.push(`${JSON.stringify(path)}: not expected`);
  return found.slice(0, max);
}
