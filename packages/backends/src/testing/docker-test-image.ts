import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { type Pack, pack } from "tar-stream";

const run = promisify(execFile);

/**
 * Images for tests, built in about a second from this host's own programs, without a registry or a network. They
 * contain no Berth software.
 */
export const TEST_IMAGES = {
  /** A small glibc system that runs as root. */
  glibc: "berth-test:glibc-2",
  /** The same, with `USER` and `VOLUME` in its configuration. */
  user: "berth-test:user-2",
  /** glibc without the C++ library that Node needs. */
  bare: "berth-test:bare",
  /** No C library at all. */
  empty: "berth-test:empty",
} as const;

const PROGRAMS = [
  ...[
    "sh",
    "bash",
    "cat",
    "chmod",
    "chown",
    "cp",
    "cut",
    "date",
    "df",
    "dirname",
    "du",
    "echo",
    "env",
    "false",
    "find",
  ],
  ...["git", "grep", "gzip", "head", "id", "kill", "ln", "ls", "mkdir", "mktemp", "mv", "ps", "pwd", "readlink", "rm"],
  ...[
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "stty",
    "tail",
    "tar",
    "tee",
    "test",
    "touch",
    "true",
    "tty",
    "uname",
    "wc",
    "xargs",
  ],
];

/** Libraries that Node and the native terminal addon need from the image, however they were built. */
const NODE_LIBRARIES = [
  ...["libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libutil.so.1", "libc.so.6"],
];

export async function ensureTestImage(docker: Docker, image: keyof typeof TEST_IMAGES): Promise<string> {
  const tag = TEST_IMAGES[image];
  const known = await docker.listImages({ filters: JSON.stringify({ reference: [tag] }) });
  if (known.length > 0) return tag;

  const archive = pack();
  const filled = fill(archive, image);
  const [repo = "", version = ""] = tag.split(":");
  const stream = await docker.importImage(Readable.from(archive), { repo, tag: version, changes: CHANGES[image] });
  await Promise.all([filled, drain(stream)]);
  return tag;
}

const CHANGES: Record<keyof typeof TEST_IMAGES, string[]> = {
  glibc: ["ENV PATH=/usr/bin:/bin"],
  user: ["ENV PATH=/usr/bin:/bin", "USER agent", "VOLUME /declared"],
  bare: ["ENV PATH=/usr/bin:/bin"],
  empty: ["ENV PATH=/bin"],
};

/** A failed import returns 200 and reports the error in its stream. */
async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  const response = await text(stream);
  if (response.includes('"error"')) throw new Error(`The test image could not be built: ${response}`);
}

async function fill(archive: Pack, image: keyof typeof TEST_IMAGES): Promise<void> {
  addFolders(archive);
  archive.entry({ name: "etc/passwd" }, "root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n");
  archive.entry({ name: "etc/group" }, "root:x:0:\nagent:x:1000:\n");
  archive.entry({ name: "etc/nsswitch.conf" }, "hosts: files dns\n");
  if (image !== "empty") {
    for (const [target, source] of await filesToCopy()) {
      if (image === "bare" && /libstdc\+\+|libgcc_s/.test(target)) continue;
      archive.entry({ name: target.slice(1), mode: 0o755 }, await readFile(source));
    }
  }
  archive.finalize();
}

function addFolders(archive: Pack): void {
  for (const name of ["bin", "etc", "usr", "usr/bin", "lib", "lib64", "root", "home", "proc", "sys", "dev", "run"]) {
    archive.entry({ name, type: "directory", mode: 0o755 });
  }
  archive.entry({ name: "tmp", type: "directory", mode: 0o1777 });
  archive.entry({ name: "home/agent", type: "directory", mode: 0o700, uid: 1000, gid: 1000 });
}

/** Path in the image → path here. Every library keeps the path where this host's loader finds it. */
async function filesToCopy(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const libraries = new Set<string>();
  const found = PROGRAMS.map((name) => ({
    name,
    from: ["/usr/bin", "/bin"].map((at) => path.join(at, name)).find(existsSync),
  }));
  for (const { name, from } of found) {
    if (from) files.set(`/bin/${name}`, await realpath(from));
  }
  const { stdout: cache } = await run("ldconfig", ["-p"], { env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" } });
  for (const library of NODE_LIBRARIES) {
    const at = cache
      .split("\n")
      .find((line) => line.trim().startsWith(`${library} `) && line.includes(HERE))
      ?.split("=> ")[1];
    if (at) libraries.add(at.trim());
  }
  for (const needed of await neededBy([...files.values(), ...libraries])) libraries.add(needed);
  for (const library of libraries) files.set(library, await realpath(library));
  return files;
}

/** How `ldconfig -p` marks libraries of this host's architecture. */
const HERE = process.arch === "arm64" ? "AArch64" : "x86-64";

async function neededBy(files: string[]): Promise<string[]> {
  // `ldd` exits with 1 when a file is a script or static; its output for the other files is still valid.
  const { stdout } = await run("ldd", files).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }));
  return [...new Set(stdout.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []))];
}
