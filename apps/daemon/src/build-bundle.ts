import { join } from "node:path";
import { build } from "esbuild";

export interface CompiledDaemon {
  code: Uint8Array;
  /** Every file the code came from, relative to the package. */
  inputs: string[];
}

/** Compiles the daemon and all it needs into one CommonJS file. */
export async function compileDaemon(packageDirectory: string): Promise<CompiledDaemon> {
  const result = await build({
    entryPoints: [join(packageDirectory, "src/main.ts")],
    absWorkingDir: packageDirectory,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: true,
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "silent",
    // Native helpers of ws. Without them its own JavaScript runs, which is what is measured.
    external: ["bufferutil", "utf-8-validate"],
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error("esbuild made no file.");
  return { code: file.contents, inputs: Object.keys(result.metafile.inputs) };
}
