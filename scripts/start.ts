// `npx --yes pnpm@12 start`: builds what is missing, then becomes the API.
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
const api = [process.execPath, join(ROOT, "apps/api/src/main.ts"), ...process.argv.slice(2)];
const environment = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined));
// This process turns into the API instead of watching over it: signals and the exit code need no passing on.
if (!process.execve) throw new Error(`Berth does not run on ${process.platform} yet. Use Linux or macOS.`);
process.execve(process.execPath, api, environment as Record<string, string>);
