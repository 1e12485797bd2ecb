// Builds the daemon's bundle and the canvas where they are missing or stale. `pnpm start` includes this; an install runs
// it too, so that the first start is not slower.
import { buildStale } from "./builds.ts";
import { endRunningOnInterrupt } from "./run-command.ts";

endRunningOnInterrupt();
try {
  await buildStale();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // An install must not fail because of a canvas with unfinished changes: the start reports the error again.
  process.exit(process.argv.includes("--after-install") ? 0 : 1);
}
