import { join } from "node:path";
import { build } from "esbuild";

export interface CompiledDaemon {
  code: Uint8Array;
  /** The source files of the bundle, relative to the package. */
  inputs: string[];
}

/** Compiles the daemon and its dependencies into one CommonJS file. */
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
    // Optional native helpers of ws. Benchmarks measure its JavaScript fallback, so leave them out.
    external: ["bufferutil", "utf-8-validate"],
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error("esbuild made no file.");
  return { code: file.contents, inputs: Object.keys(result.metafile.inputs) };
}
