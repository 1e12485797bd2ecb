import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleForNode } from "./bundle.ts";
import { bundleClientTypes } from "./bundle-types.ts";

const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));
const run = promisify(execFile);

/** A file of a package. */
type Files = Record<string, string | Uint8Array>;

/**
 * Packs the client and the command line into tarballs without dependencies, so that they install anywhere.
 *
 * @returns their paths
 */
export async function packAll(to: string): Promise<{ client: string; cli: string }> {
  // Writes the declarations that are bundled.
  await run(process.execPath, [join(REPOSITORY, "node_modules/typescript/bin/tsc"), "-b", "packages/client"], {
    cwd: REPOSITORY,
  });
  await mkdir(to, { recursive: true });
  return { client: await pack(await clientFiles(), to), cli: await pack(await cliFiles(), to) };
}

async function clientFiles(): Promise<Files> {
  const folder = join(REPOSITORY, "packages/client");
  return {
    "package.json": await packageJson(folder, {
      description: "The typed client of Berth.",
      exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
      sideEffects: false,
    }),
    "index.js": await bundleForNode(join(folder, "src/index.ts")),
    "index.d.ts": await bundleClientTypes("index"),
    "README.md": CLIENT_README,
  };
}

async function cliFiles(): Promise<Files> {
  const folder = join(REPOSITORY, "apps/cli");
  return {
    "package.json": await packageJson(folder, {
      description: "The command line of Berth.",
      bin: { berth: "berth.mjs" },
    }),
    "berth.mjs": await bundleForNode(join(folder, "src/main.ts"), { isProgram: true }),
    "README.md": await readFile(join(REPOSITORY, "docs/cli.md"), "utf8"),
  };
}

/** Everything is in the bundle, so there are no dependencies. */
async function packageJson(folder: string, fields: object): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, string>;
  return `${JSON.stringify({ name, version, type: "module", engines: { node: ">=20" }, ...fields }, null, 2)}\n`;
}

const CLIENT_README = `# @berth/client

\`\`\`ts
import { createBerthClient } from "@berth/client";

const berth = createBerthClient({ url: "http://127.0.0.1:3000", token });
const { workspace } = await berth.workspaces.create.mutate({ name: "first" });
\`\`\`
`;

async function pack(files: Files, to: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-pack-"));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    if (files["berth.mjs"]) await chmod(join(folder, "berth.mjs"), 0o755);
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", `--pack-destination=${to}`], {
      cwd: folder,
    });
    const [packed] = JSON.parse(stdout) as [{ filename: string }];
    return join(to, packed.filename);
  } finally {
    await rm(folder, { recursive: true });
  }
}
