import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SYSTEM_CALLS_ADDON, SYSTEM_CALLS_PACKAGE, TERMINAL_ADDON } from "./addons.ts";

export interface DaemonBundle {
  /** One CommonJS file. `node <path>` with `BERTH_BOOT` in the environment starts a daemon. */
  path: string;
  /** A hash of the content: instances with the same version run the same code. */
  version: string;
  /** Native addons that must be in the bundle's folder under the same names. */
  companions: string[];
  bytes: number;
  /** False when an up-to-date bundle already existed. */
  built: boolean;
}

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(PACKAGE, "dist");
const OUTPUT = join(DIST, "daemon.cjs");
const RECORD = join(DIST, "daemon.inputs.json");

/** The inputs of the last build. Any difference triggers a new build. */
interface BuildRecord {
  inputs: Record<string, string>;
  version: string;
  companions: string[];
}

let building: Promise<DaemonBundle> | undefined;

/** Returns the bundle, and rebuilds it when the sources have changed. */
export function bundleDaemon(): Promise<DaemonBundle> {
  building ??= findOrBuild().finally(() => {
    building = undefined;
  });
  return building;
}

async function findOrBuild(): Promise<DaemonBundle> {
  const record = await readRecord();
  const [code, current] = await Promise.all([
    readFile(OUTPUT).catch(() => null),
    record && hashInputs(Object.keys(record.inputs)),
  ]);
  const isFresh = record && code && current && versionOf(code) === record.version && sameHashes(record.inputs, current);
  if (!isFresh || !Array.isArray(record.companions) || !record.companions.every((name) => existsSync(join(DIST, name))))
    return await build();
  return { path: OUTPUT, version: record.version, companions: inDist(record), bytes: code.length, built: false };
}

async function build(): Promise<DaemonBundle> {
  // Imported lazily: a start with an up-to-date bundle must not load the compiler.
  const { compileDaemon } = await import("./build-bundle.ts");
  const compiled = await compileDaemon(PACKAGE);
  const version = versionOf(compiled.code);
  await mkdir(DIST, { recursive: true });
  const companions: string[] = [];
  for (const [name, specifier] of Object.entries(ADDONS)) {
    const addon = findAddon(specifier);
    if (addon === null) continue;
    await replaceFile(join(DIST, name), await readFile(addon));
    companions.push(name);
  }
  await replaceFile(OUTPUT, compiled.code);
  const inputs = await hashInputs([...compiled.inputs, "src/build-bundle.ts", "package.json"]);
  await replaceFile(RECORD, JSON.stringify({ inputs, version, companions } satisfies BuildRecord));
  return { path: OUTPUT, version, companions: inDist({ companions }), bytes: compiled.code.length, built: true };
}

const inDist = ({ companions }: Pick<BuildRecord, "companions">): string[] =>
  companions.map((name) => join(DIST, name));

/** The prebuilt native addons, by their file names next to the bundle. */
const ADDONS = {
  [TERMINAL_ADDON]: `@lydell/node-pty-${process.platform}-${process.arch}/pty.node`,
  [SYSTEM_CALLS_ADDON]: SYSTEM_CALLS_PACKAGE,
};

/** Null when no prebuilt addon exists for this platform. */
function findAddon(specifier: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch {
    return null;
  }
}

/** Replaces atomically: concurrent builds, e.g. of parallel tests, must not see partial files. */
async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

const versionOf = (code: Uint8Array): string => createHash("sha256").update(code).digest("hex").slice(0, 16);

async function readRecord(): Promise<BuildRecord | null> {
  try {
    return JSON.parse(await readFile(RECORD, "utf8")) as BuildRecord;
  } catch {
    return null;
  }
}

/** Paths are relative to the package, so a moved checkout keeps its build. */
async function hashInputs(paths: readonly string[]): Promise<Record<string, string>> {
  const hashes = await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(join(PACKAGE, path)).catch(() => null);
      return [path, content === null ? "absent" : versionOf(content)] as const;
    }),
  );
  return Object.fromEntries(hashes);
}

function sameHashes(before: Record<string, string>, now: Record<string, string>): boolean {
  return Object.entries(before).every(([path, hash]) => hash === now[path]);
}
