import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bundleDaemon } from "../apps/daemon/src/bundle.ts";
import { ROOT, runCommand } from "./run-command.ts";

/** The files and folders that determine the canvas build. */
const CANVAS_INPUTS = [
  "apps/canvas/src",
  "apps/canvas/public",
  "apps/canvas/next.config.ts",
  "apps/canvas/postcss.config.mjs",
  "apps/canvas/tsconfig.json",
  "apps/canvas/package.json",
  "packages/domain/src",
  "pnpm-lock.yaml",
];
const CANVAS = join(ROOT, "apps/canvas");
/** Inside the output, so that both are deleted together. */
const CANVAS_STAMP = join(CANVAS, "out/.built-from");

/**
 * Builds the daemon's bundle and the canvas where they are missing or stale. Node runs all other TypeScript directly.
 *
 * @throws when a build fails, with its output.
 */
export async function buildStale(): Promise<void> {
  await Promise.all([buildDaemon(), buildCanvas()]);
}

async function buildDaemon(): Promise<void> {
  const { built, bytes } = await bundleDaemon();
  if (built) console.log(`Built the daemon (${Math.round(bytes / 1024)} kB).`);
}

async function buildCanvas(): Promise<void> {
  const wanted = await hashOf(CANVAS_INPUTS);
  const present = await readFile(CANVAS_STAMP, "utf8").catch(() => "");
  if (present === wanted) return;

  console.log(`Building the canvas${present === "" ? "" : ", which has changed"} …`);
  const next = createRequire(join(CANVAS, "package.json")).resolve("next/dist/bin/next");
  const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  const { ok, output, seconds } = await runCommand([process.execPath, next, "build"], { cwd: CANVAS, env });
  if (!ok) throw new Error(`The canvas could not be built.\n${output}`);
  await writeFile(CANVAS_STAMP, wanted);
  console.log(`Built the canvas in ${seconds.toFixed(1)} s.`);
}

/** Hashes contents instead of times: a checkout changes times, and a second edit within one second may not. */
async function hashOf(inputs: string[]): Promise<string> {
  const files = (await Promise.all(inputs.map(filesUnder))).flat().sort();
  const hashes = await Promise.all(files.map(async (file) => `${file} ${digest(await readFile(join(ROOT, file)))}`));
  return digest(hashes.join("\n"));
}

async function filesUnder(input: string): Promise<string[]> {
  const path = join(ROOT, input);
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
  if (!entries) return [input];
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

const digest = (content: Buffer | string): string => createHash("sha256").update(content).digest("hex");
