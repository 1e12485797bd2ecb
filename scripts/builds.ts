import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT, runCommand } from "./run-command.ts";

interface Build {
  name: string;
  /** Files and folders that decide what comes out. */
  inputs: string[];
  /** Where it comes out. The hash of the inputs is kept there, so it goes when the output goes. */
  output: string;
  command: () => string[];
  cwd: string;
}

const STAMP = ".built-from";

/** Nothing else of Berth is compiled: Node runs the TypeScript itself. */
const BUILDS: Build[] = [
  {
    name: "daemon",
    inputs: ["apps/daemon/src", "apps/daemon/package.json", "packages/domain/src", "pnpm-lock.yaml"],
    output: "apps/daemon/dist",
    command: () => [process.execPath, "src/build.ts"],
    cwd: "apps/daemon",
  },
  {
    name: "canvas",
    inputs: [
      "apps/canvas/src",
      "apps/canvas/public",
      "apps/canvas/next.config.ts",
      "apps/canvas/postcss.config.mjs",
      "apps/canvas/tsconfig.json",
      "apps/canvas/package.json",
      "packages/domain/src",
      "pnpm-lock.yaml",
    ],
    output: "apps/canvas/out",
    command: () => [process.execPath, nextProgram(), "build"],
    cwd: "apps/canvas",
  },
];

/**
 * Builds what is missing or older than its inputs.
 *
 * @throws when a build fails, with what it printed.
 */
export async function buildWhatIsStale(): Promise<void> {
  // One after the other would leave the second core idle.
  await Promise.all(BUILDS.map(buildIfStale));
}

async function buildIfStale(build: Build): Promise<void> {
  const wanted = await hashOf(build.inputs);
  const stamp = join(ROOT, build.output, STAMP);
  const present = await readFile(stamp, "utf8").catch(() => "");
  if (present === wanted) return;

  console.log(`Building the ${build.name}${present === "" ? "" : ", which has changed"} …`);
  const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  const { ok, output, seconds } = await runCommand(build.command(), { cwd: join(ROOT, build.cwd), env });
  if (!ok) throw new Error(`The ${build.name} could not be built.\n${output}`);
  await writeFile(stamp, wanted);
  console.log(`Built the ${build.name} in ${seconds.toFixed(1)} s.`);
}

/** Of contents, not times: a checkout changes times, and an edit within the same second does not. */
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

const nextProgram = (): string => createRequire(join(ROOT, "apps/canvas/package.json")).resolve("next/dist/bin/next");
