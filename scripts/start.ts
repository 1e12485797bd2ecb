// `npx --yes pnpm@12 start`: builds what is missing, then replaces itself with the API.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildStale } from "./builds.ts";
import { endRunningOnInterrupt, ROOT } from "./run-command.ts";

endRunningOnInterrupt();
try {
  await buildStale();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
// These flags collect young garbage earlier than Node's default on large hosts: an idle API uses a third less memory.
const flags = JSON.parse(await readFile(join(ROOT, "scripts/node-flags.json"), "utf8")) as string[];
const api = [process.execPath, ...flags, join(ROOT, "apps/api/src/main.ts"), ...process.argv.slice(2)];
// Caches compiled code between starts.
const cache = { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/berth-code") };
const given = Object.entries({ ...cache, ...process.env }).filter(([, value]) => value !== undefined);
const environment = Object.fromEntries(given);
// exec replaces this process with the API, so signals and exit codes need no forwarding.
if (!process.execve) throw new Error(`Berth does not run on ${process.platform} yet. Use Linux or macOS.`);
process.execve(process.execPath, api, environment as Record<string, string>);
