// `npx --yes pnpm@12 start`: builds what is missing, then becomes the API.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildWhatIsStale } from "./builds.ts";
import { endRunningOnInterrupt, ROOT } from "./run-command.ts";

endRunningOnInterrupt();
try {
  await buildWhatIsStale();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
// Young garbage is collected earlier than Node would on a machine with much memory: an idle API holds a third less.
const flags = JSON.parse(await readFile(join(ROOT, "scripts/node-flags.json"), "utf8")) as string[];
const api = [process.execPath, ...flags, join(ROOT, "apps/api/src/main.ts"), ...process.argv.slice(2)];
// Compiled code is kept from one start to the next.
const cache = { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/berth-code") };
const given = Object.entries({ ...cache, ...process.env }).filter(([, value]) => value !== undefined);
const environment = Object.fromEntries(given);
// This process turns into the API instead of watching over it: signals and the exit code need no passing on.
if (!process.execve) throw new Error(`Berth does not run on ${process.platform} yet. Use Linux or macOS.`);
process.execve(process.execPath, api, environment as Record<string, string>);
