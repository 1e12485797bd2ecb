import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LINT_VIOLATIONS, type PlantedViolation, PROMISE_VIOLATIONS, TYPE_VIOLATIONS } from "./planted-violations.ts";
import { ROOT, runCommand } from "./run-command.ts";

/** A check that reads no files reports no violations, so require at least this many modules. */
const MODULES_MIN = 100;

interface Diagnostic {
  category: string;
  path: string;
}

const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);

let tree: string;
let modules: string[];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "berth-boundaries-"));
  modules = await copyTree(tree);
  for (const { path, source } of [...LINT_VIOLATIONS, ...TYPE_VIOLATIONS, ...PROMISE_VIOLATIONS]) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), source);
  }
});

afterAll(() => rm(tree, { recursive: true, force: true }));

describe("a planted violation is reported at its location", () => {
  let diagnostics: Diagnostic[];
  let checkedCount: number;
  let typeErrors: string;
  let promiseErrors: string;

  beforeAll(async () => {
    const arguments_ = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
    const [lint, types, promises] = await Promise.all([
      runCommand([bin("biome"), ...arguments_], { cwd: tree }),
      runCommand([bin("tsc"), "-b", "packages/backends"], { cwd: tree }),
      runCommand([bin("oxlint"), "--type-aware", "--format=unix", "packages/domain"], { cwd: tree }),
    ]);
    ({ diagnostics, checkedCount } = readBiome(lint.output));
    typeErrors = types.output;
    promiseErrors = promises.output;
  });

  test.each(LINT_VIOLATIONS)("$rule", ({ path, reported }) => {
    const categories = diagnostics.filter((diagnostic) => diagnostic.path === path).map(({ category }) => category);
    expect(categories.filter((category) => category.includes(reported))).not.toHaveLength(0);
  });

  test.each(TYPE_VIOLATIONS)("$rule", (violation) => {
    expect(linesAbout(violation, typeErrors)).toContain(violation.reported);
  });

  test.each(PROMISE_VIOLATIONS)("$rule", (violation) => {
    expect(linesAbout(violation, promiseErrors)).toContain(violation.reported);
  });

  test("no other file violates a boundary", () => {
    const planted = new Set([...LINT_VIOLATIONS, ...TYPE_VIOLATIONS, ...PROMISE_VIOLATIONS].map(({ path }) => path));
    const boundaries = /plugin|noUndeclaredDependencies|noImportCycles|noProcessEnv/;
    const others = diagnostics.filter(({ category, path }) => boundaries.test(category) && !planted.has(path));
    expect(others).toEqual([]);
  });

  test("the checks read every module", () => {
    expect(modules.length).toBeGreaterThan(MODULES_MIN);
    expect(checkedCount).toBeGreaterThanOrEqual(modules.length + LINT_VIOLATIONS.length);
  });
});

/** Copies the tracked and addable files, with node_modules that resolve our packages to the copy. */
async function copyTree(target: string): Promise<string[]> {
  const listed = await runCommand(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
  // Git also lists deleted files that are not committed yet.
  const files = listed.output.split("\0").filter((file) => file !== "" && existsSync(join(ROOT, file)));
  await Promise.all(files.map((file) => cp(join(ROOT, file), join(target, file))));
  // Biome reads the ignore file, which needs no repository; nothing else here needs one.
  await symlink(join(ROOT, "node_modules"), join(target, "node_modules"));
  const packages = files.filter((file) => /^[^/]+\/([^/]+\/)?package\.json$/.test(file)).map(dirname);
  for (const folder of packages) {
    const from = join(ROOT, folder, "node_modules");
    // pnpm's folders contain only relative links: copied unchanged, they point into the copy.
    const isLink = (path: string): boolean =>
      !/\/node_modules\/\./.test(path.slice(from.length - "/node_modules".length));
    if (existsSync(from))
      await cp(from, join(target, folder, "node_modules"), { recursive: true, verbatimSymlinks: true, filter: isLink });
  }
  return files.filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.startsWith("drizzle/"));
}

function readBiome(output: string): { diagnostics: Diagnostic[]; checkedCount: number } {
  const report = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
    summary: { changed: number; unchanged: number };
    diagnostics: { category: string; location?: { path?: string | { file: string } } }[];
  };
  const diagnostics = report.diagnostics.map(({ category, location }) => {
    const path = location?.path ?? "";
    return { category, path: typeof path === "string" ? path : path.file };
  });
  return { diagnostics, checkedCount: report.summary.changed + report.summary.unchanged };
}

const linesAbout = ({ path }: PlantedViolation, output: string): string =>
  output
    .split("\n")
    .filter((line) => line.includes(path))
    .join("\n");
