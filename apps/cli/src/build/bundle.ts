import { randomUUID } from "node:crypto";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const OUTPUT = join(PACKAGE, "dist/berth.mjs");

/** The oldest Node that runs the command line and the client. */
const TARGET = "node20";

/** CommonJS dependencies, such as ws, call `require` for modules of Node. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Bundles a program or library with its dependencies into one file that Node 20 runs. */
export async function bundleForNode(entry: string, { isProgram = false } = {}): Promise<Uint8Array> {
  // Imported lazily: its callers often do not need the compiler.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: TARGET,
    format: "esm",
    minify: isProgram,
    legalComments: "none",
    write: false,
    logLevel: "silent",
    banner: { js: isProgram ? `#!/usr/bin/env node\n${REQUIRE}` : REQUIRE },
    // Optional native parts of ws.
    external: ["bufferutil", "utf-8-validate"],
  });
  const [file] = outputFiles;
  if (!file) throw new Error("esbuild made no file.");
  return file.contents;
}

/** Builds the program `berth`. @returns its path */
export async function bundleCli(): Promise<string> {
  const code = await bundleForNode(join(PACKAGE, "src/main.ts"), { isProgram: true });
  await mkdir(dirname(OUTPUT), { recursive: true });
  // Replaced as a whole: parallel tests build it too.
  const temporary = `${OUTPUT}.${randomUUID()}`;
  await writeFile(temporary, code);
  await chmod(temporary, 0o755);
  await rename(temporary, OUTPUT);
  return OUTPUT;
}
