import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type CommandResult, ROOT, runCommand } from "./run-command.ts";
import { checkWords } from "./words.ts";

export interface CheckStep {
  name: string;
  run: () => Promise<CommandResult>;
}

const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);
const command = (name: string, ...args: string[]): CheckStep => ({ name, run: () => runCommand(args) });

/** TypeScript projects outside of `tsc -b` at the root, because they emit nothing and no project references them. */
const LEAF_PROJECTS = ["apps/canvas", "scripts"];

/** Slowest first, so that short steps fill the gaps. */
export const CHECK_STEPS: CheckStep[] = [
  command("boundaries", bin("vitest"), "run", "--project", "checks"),
  { name: "types", run: checkTypes },
  command("dead code", bin("knip"), "--no-progress"),
  command("format and lint", bin("biome"), "ci", `--colors=${process.stdout.isTTY ? "force" : "off"}`, "."),
  { name: "migrations", run: checkMigrations },
  command("promises", bin("oxlint"), "--type-aware", "."),
  command("versions", bin("sherif")),
  { name: "words", run: checkWords },
];

async function checkTypes(): Promise<CommandResult> {
  const built = await runCommand([bin("tsc"), "-b"]);
  const leaves = LEAF_PROJECTS.filter((project) => existsSync(join(ROOT, project, "tsconfig.json")));
  const results = [built];
  for (const project of leaves) results.push(await runCommand([bin("tsc"), "--noEmit", "-p", project]));
  return {
    ok: results.every(({ ok }) => ok),
    output: results.map(({ output }) => output).join(""),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Checks that the migrations are consistent, and that generating from the tables adds nothing. */
async function checkMigrations(): Promise<CommandResult> {
  const db = join(ROOT, "packages/db");
  const scratch = await mkdtemp(join(tmpdir(), "berth-drizzle-"));
  try {
    await cp(join(ROOT, "drizzle"), join(scratch, "drizzle"), { recursive: true });
    const config = join(scratch, "drizzle.config.ts");
    // drizzle-kit only accepts paths relative to its folder.
    const out = relative(db, join(scratch, "drizzle"));
    const base = JSON.stringify(join(db, "drizzle.config.ts"));
    await writeFile(config, `import base from ${base};\nexport default { ...base, out: ${JSON.stringify(out)} };\n`);

    const drizzleKit = join(db, "node_modules/.bin/drizzle-kit");
    const options = { cwd: db, timeoutSeconds: 60 };
    const checked = await runCommand([drizzleKit, "check", `--config=${config}`], options);
    if (!checked.ok) return checked;
    const generated = await runCommand([drizzleKit, "generate", `--config=${config}`, "--name=difference"], options);
    const seconds = checked.seconds + generated.seconds;
    if (generated.ok && generated.output.includes("No schema changes")) return { ok: true, output: "", seconds };
    const advice = "The tables differ from the migrations: run drizzle-kit generate --name=<what changes>.\n";
    return { ok: false, output: `${generated.output}\n${advice}`, seconds };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
