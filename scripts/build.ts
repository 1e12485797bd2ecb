// Builds what is missing or stale: the daemon's bundle and the canvas. `pnpm start` does this by itself.
import { buildWhatIsStale } from "./builds.ts";
import { endRunningOnInterrupt } from "./run-command.ts";

endRunningOnInterrupt();
try {
  await buildWhatIsStale();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
